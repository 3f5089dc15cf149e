package bitnet.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Utf8DecoderTest {
    /** The Unicode standard, tables 3-8 to 3-11: what is replaced, and by how much. "?" is U+FFFD. */
    @ParameterizedTest
    @CsvSource({
        "C0AFE080BFF0818241, ????????A",
        "EDA080EDBFBFEDAF41, ????????A",
        "F4919293FF4180BF42, ?????A??B",
        "E180E2F09192F1BF41, ????A",
        "F0, ?",
        "F09FA6, ?",
        "F09FA641, ?A",
        "E4BD, ?",
        "80, ?",
        "C3C3A9, ?é",
        "F09FA68A, 🦊",
    })
    void replaces(String hex, String expected) {
        assertThat(decode(HexFormat.of().parseHex(hex))).isEqualTo(expected.replace('?', '\uFFFD'));
    }

    @Test
    void everyCharacter() {
        var all = new StringBuilder();
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
                all.appendCodePoint(c);
            }
        }
        String text = all.toString();
        byte[] utf8 = new byte[3 * text.length()];
        int length = Utf8.encode(text, 0, text.length(), utf8);
        assertThat(utf8).startsWith(text.getBytes(StandardCharsets.UTF_8));
        assertThat(decode(Arrays.copyOf(utf8, length))).isEqualTo(text);
    }

    @Test
    void surrogatesWithoutAPartner() {
        String text = "a\uD83Eb\uDD8A\uD83E\uD83E\uDD8A\uD83E";
        byte[] utf8 = new byte[3 * text.length()];
        int length = Utf8.encode(text, 0, text.length(), utf8);
        assertThat(new String(utf8, 0, length, StandardCharsets.UTF_8))
                .isEqualTo("a\uFFFDb\uFFFD\uFFFD\uD83E\uDD8A\uFFFD");
    }

    /** Whatever the bytes, what comes out is well-formed UTF-16 in which the valid parts are kept. */
    @Test
    void randomBytes() {
        var random = new SplittableRandom(9);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(12)];
            random.nextBytes(bytes);
            for (int j = 0; j < bytes.length; j++) {
                if (random.nextBoolean()) {
                    bytes[j] = (byte) (0x80 | random.nextInt(0x80));
                }
            }
            String text = decode(bytes);
            assertThat(text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE))
                    .isTrue();
            assertThat(decode(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(text);
        }
    }

    private static String decode(byte[] bytes) {
        var decoder = new Utf8Decoder();
        for (byte b : bytes) {
            decoder.append(b & 0xff);
        }
        decoder.endCharacter();
        return decoder.take();
    }
}
