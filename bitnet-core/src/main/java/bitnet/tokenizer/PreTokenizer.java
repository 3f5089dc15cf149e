package bitnet.tokenizer;

/**
 * How byte-level BPE cuts text into pieces before merging. Written out as scanners, which take one pass and no stack
 * however long the text is; the regular expressions that they stand for are the published ones. White space is
 * Unicode's {@code White_Space}, and letters and numbers are the general categories L and N.
 */
public enum PreTokenizer {
    /**
     * Llama 3 and its descendants: contractions, words with one leading non-letter, up to three digits, punctuation with
     * the line ends after it, white space:
     * <pre>{@code (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+}</pre>
     */
    LLAMA3 {
        @Override
        int end(String text, int from, int to) {
            return word(text, from, to, 3, false);
        }
    },
    /** Qwen 2 and 3: as {@link #LLAMA3}, but every digit is a piece of its own ({@code \p{N}} for {@code \p{N}{1,3}}). */
    QWEN2 {
        @Override
        int end(String text, int from, int to) {
            return word(text, from, to, 1, false);
        }
    },
    /**
     * Qwen 3.5 and later: as {@link #QWEN2}, but combining marks belong to words:
     * <pre>{@code (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+}</pre>
     */
    QWEN35 {
        @Override
        int end(String text, int from, int to) {
            return word(text, from, to, 1, true);
        }
    },
    /**
     * GPT-2: {@code 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+}.
     */
    GPT2 {
        @Override
        int end(String text, int from, int to) {
            int contraction = contraction(text, from, to, false);
            if (contraction > 0) {
                return from + contraction;
            }
            int start = text.charAt(from) == ' ' && from + 1 < to ? from + 1 : from;
            int kind = kind(text, start, to, false);
            if (kind != SPACE) {
                return run(text, start, to, kind, false);
            }
            int end = run(text, from, to, SPACE, false);
            return end == to || end - from == 1 ? end : end - 1;
        }
    };

    private static final int LETTER = 0;
    private static final int NUMBER = 1;
    private static final int SPACE = 2;
    private static final int OTHER = 3;

    /** Where a piece ends, in the manner of Llama 3: with so many digits, and with combining marks as letters or not. */
    private static int word(String text, int from, int to, int maxDigits, boolean marks) {
        int contraction = contraction(text, from, to, true);
        if (contraction > 0) {
            return from + contraction;
        }
        int first = kind(text, from, to, marks);
        int second = from + width(text, from, to);
        char c = text.charAt(from);
        if (first == LETTER) {
            return run(text, second, to, LETTER, marks);
        }
        if (first != NUMBER && c != '\r' && c != '\n' && second < to && kind(text, second, to, marks) == LETTER) {
            return run(text, second, to, LETTER, marks);
        }
        if (first == NUMBER) {
            int end = second;
            for (int digits = 1; digits < maxDigits && end < to && kind(text, end, to, marks) == NUMBER; digits++) {
                end += width(text, end, to);
            }
            return end;
        }
        if (first == OTHER || (c == ' ' && second < to && kind(text, second, to, marks) == OTHER)) {
            int end = run(text, second, to, OTHER, marks);
            while (end < to && (text.charAt(end) == '\r' || text.charAt(end) == '\n')) {
                end++;
            }
            return end;
        }
        int end = run(text, from, to, SPACE, marks);
        for (int i = end - 1; i >= from; i--) {
            if (text.charAt(i) == '\r' || text.charAt(i) == '\n') {
                return i + 1;
            }
        }
        return end == to || end - from == 1 ? end : end - 1;
    }

    /** Where the piece ends that starts at {@code from}; more than {@code from}, at most {@code to}. */
    abstract int end(String text, int from, int to);

    private static int width(String text, int at, int to) {
        return Character.charCount(Utf8.codePoint(text, at, to));
    }

    private static int kind(String text, int at, int to, boolean marks) {
        int c = Utf8.codePoint(text, at, to);
        if (c < 0x80) {
            if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
                return LETTER;
            }
            return c >= '0' && c <= '9' ? NUMBER : c == ' ' || (c >= '\t' && c <= '\r') ? SPACE : OTHER;
        }
        return switch (Character.getType(c)) {
            case Character.UPPERCASE_LETTER,
                    Character.LOWERCASE_LETTER,
                    Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER -> LETTER;
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK ->
                marks ? LETTER : OTHER;
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> NUMBER;
            case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> SPACE;
            default -> c == 0x85 ? SPACE : OTHER;
        };
    }

    /** The end of the longest run of one kind from a place on. */
    private static int run(String text, int from, int to, int kind, boolean marks) {
        int end = from;
        while (end < to && kind(text, end, to, marks) == kind) {
            end += width(text, end, to);
        }
        return end;
    }

    /** The length of an English contraction, apostrophe included, or 0. */
    private static int contraction(String text, int from, int to, boolean anyCase) {
        if (text.charAt(from) != '\'' || from + 1 >= to) {
            return 0;
        }
        char first = fold(text.charAt(from + 1), anyCase);
        if (first == 's' || first == 't' || first == 'm' || first == 'd') {
            return 2;
        }
        if (from + 2 >= to) {
            return 0;
        }
        char second = fold(text.charAt(from + 2), anyCase);
        return ((first == 'r' || first == 'v') && second == 'e') || (first == 'l' && second == 'l') ? 3 : 0;
    }

    /** The simple case folding of the letters that matter: U+017F, the long s, is the one outside ASCII. */
    private static char fold(char c, boolean anyCase) {
        if (!anyCase) {
            return c;
        }
        return c >= 'A' && c <= 'Z' ? (char) (c + 32) : c == '\u017F' ? 's' : c;
    }
}
