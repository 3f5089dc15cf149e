package bitnet.tokenizer;

import java.text.Normalizer;
import java.text.Normalizer.Form;

/**
 * Unicode's composed form (NFC), as the Hugging Face library computes it. Texts with thousands of combining marks on one
 * letter are composed piece by piece, since putting such marks in order takes quadratic time.
 */
final class Composition {
    /** Unicode's stream-safe format allows 30. */
    private static final int MOST_MARKS = 256;

    private Composition() {}

    static String compose(String text) {
        var composed = new StringBuilder();
        int start = 0;
        int marks = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            marks = isMark(c) ? marks + 1 : 0;
            if (marks > MOST_MARKS) {
                composed.append(Normalizer.normalize(text.substring(start, i), Form.NFC));
                start = i;
                marks = 1;
            }
            i += Character.charCount(c);
        }
        return start == 0
                ? Normalizer.normalize(text, Form.NFC)
                : composed.append(Normalizer.normalize(text.substring(start), Form.NFC))
                        .toString();
    }

    private static boolean isMark(int c) {
        return c >= 0x300
                && switch (Character.getType(c)) {
                    case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK -> true;
                    default -> false;
                };
    }
}
