package bitnet.tokenizer;

/** UTF-8 as tokenizers need it: a code point at a time, surrogates without a partner as U+FFFD. */
final class Utf8 {
    static final int REPLACEMENT = 0xFFFD;

    private Utf8() {}

    /** The code point at a place of a text, of which {@code Character.charCount(result)} units are used; U+FFFD for half a pair. */
    static int codePoint(String text, int at, int to) {
        char c = text.charAt(at);
        if (!Character.isSurrogate(c)) {
            return c;
        }
        if (Character.isHighSurrogate(c) && at + 1 < to && Character.isLowSurrogate(text.charAt(at + 1))) {
            return Character.toCodePoint(c, text.charAt(at + 1));
        }
        return REPLACEMENT;
    }

    /**
     * Writes a text, or part of one.
     *
     * @param out has room for three bytes for each UTF-16 unit
     * @return how many bytes were written
     */
    static int encode(String text, int from, int to, byte[] out) {
        int n = 0;
        for (int i = from; i < to; ) {
            int c = codePoint(text, i, to);
            i += Character.charCount(c);
            n = encode(c, out, n);
        }
        return n;
    }

    /** Writes a code point at a place, and returns the place after it. */
    static int encode(int c, byte[] out, int at) {
        int n = at;
        if (c < 0x80) {
            out[n++] = (byte) c;
        } else if (c < 0x800) {
            out[n++] = (byte) (0xC0 | (c >> 6));
            out[n++] = (byte) (0x80 | (c & 0x3F));
        } else if (c < 0x10000) {
            out[n++] = (byte) (0xE0 | (c >> 12));
            out[n++] = (byte) (0x80 | ((c >> 6) & 0x3F));
            out[n++] = (byte) (0x80 | (c & 0x3F));
        } else {
            out[n++] = (byte) (0xF0 | (c >> 18));
            out[n++] = (byte) (0x80 | ((c >> 12) & 0x3F));
            out[n++] = (byte) (0x80 | ((c >> 6) & 0x3F));
            out[n++] = (byte) (0x80 | (c & 0x3F));
        }
        return n;
    }
}
