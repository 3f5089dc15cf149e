package bitnet.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ToolCall;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonValuesTest {
    @Test
    void whatIsReadIsWrittenAgain() {
        for (String json : List.of(
                "{}",
                "{\"a\":1,\"b\":-2.5,\"c\":[true,false,null,\"é\\n\\\"\"],\"d\":{\"e\":{}}}",
                "{\"long\":9223372036854775807,\"small\":1.0E-7}")) {
            assertThat(JsonValues.text(JsonValues.object("test", json))).isEqualTo(json);
            assertThat(ToolCall.of("1", "t", json).argumentsJson()).isEqualTo(json);
        }
        assertThat(JsonValues.text(Arrays.asList(1, 2f, new BigDecimal("1.50"), null)))
                .isEqualTo("[1,2.0,1.50,null]");
    }

    @Test
    void whatIsNoJsonIsRefused() {
        for (String json : List.of("", "[]", "{", "{}{}", "{\"a\":1,\"a\":2}", "{a:1}")) {
            assertThatThrownBy(() -> ToolCall.of("1", "t", json)).as(json).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> JsonValues.text(Map.of("a", Double.NaN))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> JsonValues.text(new Object())).isInstanceOf(IllegalArgumentException.class);
    }
}
