package bitnet.tokenizer;

/**
 * UTF-8 to text, a byte at a time; up to three bytes wait for the rest of their character. Of bytes that are not UTF-8,
 * each longest beginning of a character becomes one U+FFFD (the Unicode standard's chapter 3.9, "substitution of maximal
 * subparts"; Python and Rust do the same).
 */
final class Utf8Decoder {
    private final StringBuilder text = new StringBuilder();
    private int codePoint;
    private int missing;
    /** What the next byte may be, while some are missing. */
    private int lowest;

    private int highest;

    void append(int b) {
        if (missing > 0) {
            if (b >= lowest && b <= highest) {
                codePoint = (codePoint << 6) | (b & 0x3F);
                lowest = 0x80;
                highest = 0xBF;
                if (--missing == 0) {
                    text.appendCodePoint(codePoint);
                }
                return;
            }
            endCharacter();
        }
        lowest = 0x80;
        highest = 0xBF;
        if (b < 0x80) {
            text.append((char) b);
        } else if (b >= 0xC2 && b <= 0xDF) {
            missing = 1;
            codePoint = b & 0x1F;
        } else if (b >= 0xE0 && b <= 0xEF) {
            missing = 2;
            codePoint = b & 0x0F;
            lowest = b == 0xE0 ? 0xA0 : 0x80; // no overlong forms
            highest = b == 0xED ? 0x9F : 0xBF; // no surrogates
        } else if (b >= 0xF0 && b <= 0xF4) {
            missing = 3;
            codePoint = b & 0x07;
            lowest = b == 0xF0 ? 0x90 : 0x80;
            highest = b == 0xF4 ? 0x8F : 0xBF; // nothing above U+10FFFF
        } else {
            text.append((char) Utf8.REPLACEMENT);
        }
    }

    void append(String s) {
        if (s.isEmpty()) {
            return;
        }
        endCharacter();
        for (int i = 0; i < s.length(); ) {
            int c = Utf8.codePoint(s, i, s.length());
            text.appendCodePoint(c);
            i += Character.charCount(c);
        }
    }

    /** Gives up on a character that is not complete. */
    void endCharacter() {
        if (missing > 0) {
            missing = 0;
            text.append((char) Utf8.REPLACEMENT);
        }
    }

    /** Takes the text so far out. */
    String take() {
        if (text.isEmpty()) {
            return "";
        }
        String taken = text.toString();
        text.setLength(0);
        return taken;
    }
}
