package bitnet.template;

/**
 * A piece of a template's source.
 *
 * @param kind what it is
 * @param text its text; of a string, what it stands for
 * @param at its offset in the source
 */
record Token(Kind kind, String text, int at) {
    enum Kind {
        /** Text outside tags. */
        DATA,
        OUTPUT_BEGIN,
        OUTPUT_END,
        BLOCK_BEGIN,
        BLOCK_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    boolean is(Kind wanted, String wantedText) {
        return kind == wanted && text.equals(wantedText);
    }

    /** For messages. */
    String shown() {
        return switch (kind) {
            case OUTPUT_END -> "'}}'";
            case BLOCK_END -> "'%}'";
            case END -> "the end of the template";
            case STRING -> "a string";
            default -> "'" + text + "'";
        };
    }
}
