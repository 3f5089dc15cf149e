package bitnet.template;

/**
 * What one rendering may use, so that no template hangs, fills the memory or overflows the stack. Everything is paid for
 * before it is done, by the work that it takes and by the memory that it may hold.
 */
final class Budget {
    /** In units of about a nanosecond: copying a character is one. A conversation's worth of work is some thousands a message. */
    private static final long WORK = 100_000_000;
    /** For each character that goes in: templates copy a message some times. */
    private static final long WORK_PER_INPUT = 64;
    /** In bytes, of all that is made: nothing is given back. */
    private static final long MEMORY = 32L << 20;

    private static final long MEMORY_PER_INPUT = 96;
    /** Levels of evaluation; templates in use have about twenty. */
    private static final int DEEPEST = 250;
    /** What evaluating one expression or statement takes, other than what it does to texts and lists. */
    private static final int STEP = 32;
    /** What a character may take: its unit, the border of a span at it, and room to grow. */
    private static final int CHARACTER = 8;

    private long work;
    private long memory;
    private int depth;

    Budget(long inputSize) {
        work = WORK + inputSize * WORK_PER_INPUT;
        memory = MEMORY + inputSize * MEMORY_PER_INPUT;
    }

    void step() {
        work(STEP);
    }

    /** For going through data: characters that are compared or copied, each one. */
    void work(long units) {
        if (units > work) {
            throw new TemplateError("the template takes too many steps");
        }
        work -= units;
    }

    /** For a text of so many UTF-16 units. */
    void text(long length) {
        work(length);
        memory(64, length, CHARACTER);
    }

    /** For what is appended to a text. */
    void append(long length) {
        work(8 + length);
        memory(0, length, CHARACTER);
    }

    /** For a list with so many elements. */
    void elements(long count) {
        work(8 + count);
        memory(64, count, 32);
    }

    /** For one more element of a list. */
    void element() {
        work(8);
        memory(0, 1, 32);
    }

    /** For a mapping with so many entries. */
    void entries(long count) {
        work(64 + 32 * count);
        memory(64, count, 80);
    }

    /** For one more entry of a mapping. */
    void entry() {
        work(32);
        memory(0, 1, 80);
    }

    private void memory(long once, long count, long each) {
        // A count so large was more work than there is.
        if (once + count * each > memory) {
            throw new TemplateError("the template makes too much text, or too long lists");
        }
        memory -= once + count * each;
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
