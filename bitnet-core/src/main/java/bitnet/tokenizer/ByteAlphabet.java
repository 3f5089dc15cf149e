package bitnet.tokenizer;

import java.util.Arrays;

/**
 * The characters in which byte-level vocabularies write bytes, so that every token is printable text: 33..126, 161..172
 * and 174..255 stand for themselves, and the other 68 bytes are U+0100 onwards in ascending order (GPT-2's
 * {@code bytes_to_unicode}).
 */
final class ByteAlphabet {
    private static final int SHIFTED = 0x100;
    private static final char[] CHARS = new char[256];
    private static final short[] BYTES = new short[SHIFTED + 68];

    static {
        Arrays.fill(BYTES, (short) -1);
        int shifted = SHIFTED;
        for (int b = 0; b < 256; b++) {
            boolean itself = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
            CHARS[b] = (char) (itself ? b : shifted++);
            BYTES[CHARS[b]] = (short) b;
        }
    }

    private ByteAlphabet() {}

    /** The character of a byte, whose sign does not matter. */
    static char charOf(int b) {
        return CHARS[b & 0xff];
    }

    /** The byte, 0 to 255, of a character, or -1 if it is none of the alphabet. */
    static int byteOf(char c) {
        return c < BYTES.length ? BYTES[c] : -1;
    }

    /** Whether a text is written in this alphabet alone. */
    static boolean spells(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (byteOf(text.charAt(i)) < 0) {
                return false;
            }
        }
        return true;
    }
}
