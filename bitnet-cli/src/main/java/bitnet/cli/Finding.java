package bitnet.cli;

/**
 * Something that an inspection found.
 *
 * @param severity whether it is wrong
 * @param where the tensor, key or part of the model
 * @param text what was found, and what to do
 */
record Finding(Severity severity, String where, String text) {
    /** Whether a finding is wrong. */
    enum Severity {
        /** The model will not work as it should. */
        PROBLEM,
        /** Worth knowing. */
        NOTE
    }

    static Finding problem(String where, String text) {
        return new Finding(Severity.PROBLEM, where, text);
    }

    static Finding note(String where, String text) {
        return new Finding(Severity.NOTE, where, text);
    }

    boolean isProblem() {
        return severity == Severity.PROBLEM;
    }
}
