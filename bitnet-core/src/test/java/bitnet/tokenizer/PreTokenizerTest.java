package bitnet.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The scanners cut as the published regular expressions do, which java.util.regex runs here. */
class PreTokenizerTest {
    private static final int UNICODE = Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNICODE_CASE;
    private static final Pattern LLAMA3 = Pattern.compile(
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            UNICODE);
    private static final Pattern GPT2 = Pattern.compile(
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+", UNICODE);

    @Test
    void randomText() {
        var random = new SplittableRandom(3);
        for (int i = 0; i < 20_000; i++) {
            String text = RandomText.of(random, 12);
            assertThat(pieces(PreTokenizer.LLAMA3, text)).as(text).isEqualTo(matches(LLAMA3, text));
            assertThat(pieces(PreTokenizer.GPT2, text)).as(text).isEqualTo(matches(GPT2, text));
        }
    }

    @Test
    void everyCharacter() {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            if (Character.getType(c) == Character.SURROGATE || Character.getType(c) == Character.UNASSIGNED) {
                continue;
            }
            String one = Character.toString(c);
            for (String text : List.of("a" + one + "b", "1" + one + one + "!", " " + one + "\n")) {
                List<String> expected = matches(LLAMA3, text);
                if (!pieces(PreTokenizer.LLAMA3, text).equals(expected)) {
                    assertThat(pieces(PreTokenizer.LLAMA3, text)).as("U+%X", c).isEqualTo(expected);
                }
            }
        }
    }

    /** Half a surrogate pair is encoded as U+FFFD, so it is cut like that. */
    @Test
    void surrogates() {
        assertThat(pieces(PreTokenizer.LLAMA3, "a\uD83E b\uDD8A")).containsExactly("a", "\uD83E", " b", "\uDD8A");
        assertThat(pieces(PreTokenizer.GPT2, "\uD83E")).containsExactly("\uD83E");
    }

    private static List<String> pieces(PreTokenizer preTokenizer, String text) {
        var pieces = new ArrayList<String>();
        for (int start = 0; start < text.length(); ) {
            int end = preTokenizer.end(text, start, text.length());
            assertThat(end).isGreaterThan(start).isLessThanOrEqualTo(text.length());
            pieces.add(text.substring(start, end));
            start = end;
        }
        return pieces;
    }

    private static List<String> matches(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(result -> result.group()).toList();
    }
}
