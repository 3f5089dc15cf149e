package bitnet.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ModelFormatException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
    private static JsonReader reader(String json) {
        return JsonReader.of("x.json", json.getBytes(StandardCharsets.UTF_8));
    }

    private static Object whole(String json) {
        try (JsonReader in = reader(json)) {
            Object value = in.value();
            in.end();
            return value;
        }
    }

    @Test
    void valuesAreRead() {
        assertThat(whole(" {\"a\": [1, -2.5, \"x\\u00e9\\n\", true, null], \"\\ud83e\\udd8a\": {}} "))
                .isEqualTo(Map.of("a", java.util.Arrays.asList(1.0, -2.5, "xé\n", true, null), "🦊", Map.of()));
    }

    /** transformers writes this for "no limit". */
    @Test
    void longNumbersMayBeSkipped() {
        try (JsonReader in = reader("{\"model_max_length\": 1000000000000000019884624838656, \"b\": 2}")) {
            in.beginObject();
            assertThat(in.nextField()).isEqualTo("model_max_length");
            in.skip();
            assertThat(in.nextField()).isEqualTo("b");
            assertThat(in.integer(0, 9)).isEqualTo(2);
            assertThat(in.nextField()).isNull();
            in.end();
        }
    }

    @Test
    void problemsNameFieldLineAndColumn() {
        try (JsonReader in = reader("{\n \"rope\": {\"factor\":\n  \"eight\"}}")) {
            in.beginObject();
            in.nextField();
            in.beginObject();
            in.nextField();
            assertThatThrownBy(in::number)
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessage("x.json: /rope/factor, line 3, column 3: found a string, expected a number");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "[1",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "[1,]",
                "nul",
                "\"abc",
                "01",
                "1.",
                "NaN",
                "[1] 2",
                "{\"a\":1,\"a\":2}",
                "\"\\ud83e\"",
                "\"\\udd8a\"",
                "\"\\ud83e\\ud83e\"",
                "\"\\x\"",
                "\"a\nb\"",
                "'a'",
                "// x\n1",
                "1e999",
            })
    void whatIsNotJsonIsRefused(String json) {
        assertThatThrownBy(() -> whole(json))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("x.json: ");
    }

    @Test
    void depthIsLimited() {
        assertThat(whole("[".repeat(60) + "]".repeat(60))).isInstanceOf(List.class);
        assertThatThrownBy(() -> whole("[".repeat(100_000))).isInstanceOf(ModelFormatException.class);
    }

    @Test
    void lengthsAreLimited() {
        String million = "1".repeat(1 << 20);
        assertThat(whole("\"" + million + "\"")).isEqualTo(million);
        assertThatThrownBy(() -> whole("\"" + million + "1\"")).isInstanceOf(ModelFormatException.class);
        assertThatThrownBy(() -> whole("{\"" + million + "\":1}")).isInstanceOf(ModelFormatException.class);
        assertThatThrownBy(() -> whole(million)).isInstanceOf(ModelFormatException.class);
    }

    @Test
    void treesAreLimited() {
        assertThatThrownBy(() -> whole("[" + "0,".repeat(20_000) + "0]"))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("more than 10000 values");
    }

    @Test
    void bytesMustBeUtf8() {
        byte[] json = {'"', 'a', (byte) 0xC3, '"'};
        assertThatThrownBy(() -> {
                    try (JsonReader in = JsonReader.of("x.json", json)) {
                        in.string();
                    }
                })
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("invalid UTF-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.5", "99999999999999999999", "3", "-1", "\"1\"", "null"})
    void wholeNumbersHaveARange(String json) {
        try (JsonReader in = reader(json)) {
            assertThatThrownBy(() -> in.integer(0, 2)).isInstanceOf(ModelFormatException.class);
        }
    }
}
