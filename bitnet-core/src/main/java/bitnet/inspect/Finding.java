package bitnet.inspect;

/**
 * Something about a model file that its owner should know.
 *
 * @param severity how bad it is
 * @param subject the tensor, key or part of the file
 * @param problem what was found
 * @param why what it leads to
 * @param cure what to do about it
 */
public record Finding(Severity severity, String subject, String problem, String why, String cure) {
    /** How bad a finding is. */
    public enum Severity {
        /** The model does not run, or answers nonsense. */
        ERROR,
        /** The model runs here, but other software runs it differently, or its answers may suffer. */
        WARNING,
        /** Worth knowing. */
        NOTE
    }

    @Override
    public String toString() {
        return subject + ": " + problem + "; " + why + (cure.isEmpty() ? "" : "; " + cure);
    }
}
