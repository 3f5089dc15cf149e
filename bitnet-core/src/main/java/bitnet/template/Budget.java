package bitnet.template;

/**
 * What one rendering may use, so that no template hangs or fills the memory: every step and every character or element
 * that is made costs one, and what goes through data costs a part of it.
 */
final class Budget {
    /** A conversation's worth of work is some hundreds a message; this much takes a tenth of a second. */
    private static final long BASE = 1_000_000;
    /** For each character that goes in: templates copy a message a few times. */
    private static final long PER_INPUT = 64;
    /** Levels of evaluation; templates in use have about twenty. */
    private static final int DEEPEST = 250;

    private long left;
    private int depth;

    Budget(long inputSize) {
        left = BASE + inputSize * PER_INPUT;
    }

    void spend(long amount) {
        left -= Math.max(1, amount);
        if (left < 0) {
            throw new TemplateError("the template takes too many steps, or makes too much text");
        }
    }

    /** For one text or list that comes of an operation; asked before it is made where it may be large. */
    String made(String text) {
        spend(text.length());
        return text;
    }

    /** For a search of one text in another. */
    void search(String in, String part) {
        spend((long) in.length() * Math.min(in.length(), 1 + part.length()) / 64);
    }

    void enter() {
        if (++depth > DEEPEST) {
            throw new TemplateError("nested more than " + DEEPEST + " levels");
        }
    }

    void leave() {
        depth--;
    }
}
