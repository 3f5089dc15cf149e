package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.HeadType;
import bitnet.KvType;
import bitnet.Model;
import bitnet.demo.DemoModel;
import bitnet.model.FloatTable;
import bitnet.model.ModelFile;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class BenchCommandTest {
    @Test
    void everyFigureIsThere() {
        Map<String, Object> json = new Bitnet()
                .run("bench", "-p", "16", "-n", "4", "-r", "1", "--threads", "1", "--json")
                .object();
        assertThat(json.keySet())
                .containsExactly(
                        "model",
                        "load_seconds",
                        "prefill",
                        "decode",
                        "first_token_seconds",
                        "peak_memory_bytes",
                        "machine");
        for (String phase : new String[] {"prefill", "decode"}) {
            Map<?, ?> figures = (Map<?, ?>) json.get(phase);
            assertThat(((Number) figures.get("tokens_per_second")).doubleValue())
                    .isPositive();
        }
        assertThat(((Number) json.get("load_seconds")).doubleValue()).isPositive();
        assertThat(((Map<?, ?>) json.get("machine")).get("threads")).isEqualTo(1);
    }

    @Test
    void manyAtOnce() {
        Map<String, Object> json = new Bitnet()
                .run("bench", "--sequences", "1,4", "-p", "8", "-n", "6", "-r", "1", "--json")
                .object();
        List<?> sequences = (List<?>) json.get("sequences");
        assertThat(sequences).hasSize(2);
        Map<?, ?> alone = (Map<?, ?>) sequences.getFirst();
        Map<?, ?> four = (Map<?, ?>) sequences.getLast();
        assertThat(((Number) alone.get("decode_rows_per_step")).doubleValue()).isEqualTo(1);
        assertThat(((Number) four.get("decode_rows_per_step")).doubleValue()).isBetween(1.0, 4.0);
        for (Object value : four.values()) {
            assertThat(((Number) value).doubleValue()).isPositive();
        }
        assertThat(((Number) ((Map<?, ?>) json.get("gap")).get("beside_seconds")).doubleValue())
                .isPositive();
        Bitnet.Result text = new Bitnet().run("bench", "--sequences", "2", "-p", "4", "-n", "3", "-r", "1");
        assertThat(text.out()).contains("sequences").contains("gap");
        assertThat(new Bitnet().run("bench", "--sequences", "0").code()).isEqualTo(ExitCode.USAGE.code());
    }

    @Test
    void floorsAreTheLimitOverTheWork() {
        Workload work = new Workload(4_000, 0, 600, 10, OptionalLong.of(200));
        List<Floor> decode = Floors.decode(work, 20, OptionalDouble.of(18_000));
        assertThat(decode).extracting(Floor::tokensPerSecond).containsExactly(10.0, 18_000 / 1_400.0);
        assertThat(decode.getFirst().achieved(15)).isEqualTo(1.5);
        assertThat(Floors.prefill(work, OptionalDouble.of(8_000)))
                .extracting(Floor::tokensPerSecond)
                .containsExactly(2.0);
        assertThat(Floors.decode(new Workload(4_000, 0, 600, 10, OptionalLong.empty()), 20, OptionalDouble.of(18_000)))
                .hasSize(1);
        assertThat(Floors.decode(work, 20, OptionalDouble.empty())).isEmpty();
        assertThat(Floors.prefill(work, OptionalDouble.empty())).isEmpty();
    }

    /** Half the bytes of the demo model's F16 head and four more a row, and no screen of what is that small. */
    @Test
    void anInt8HeadIsLessWork() {
        Map<String, Object> json = new Bitnet()
                .run("bench", "-p", "8", "-n", "2", "-r", "1", "-t", "1", "--head", "int8", "--json")
                .object();
        assertThat(((Map<?, ?>) json.get("model")).get("head")).isEqualTo("int8");
        try (ModelFile file = Model.open(DemoModel.file())) {
            FloatTable head = FloatTable.require(file.transformer().head());
            Workload exact = Workload.of(file.transformer(), KvType.F16, HeadType.EXACT);
            Workload int8 = Workload.of(file.transformer(), KvType.F16, HeadType.INT8);
            assertThat(exact.headBytes()).isEqualTo(2L * head.rows() * head.columns());
            assertThat(int8.headBytes()).isEqualTo(exact.headBytes() / 2 + 4L * head.rows());
            assertThat(int8.screenBytes()).isEmpty();
            assertThat(int8.ternaryWeights()).isEqualTo(exact.ternaryWeights());
        }
    }

    @Test
    void peakMemoryIsThatOfTheProcess() {
        if (PeakMemory.bytes().isPresent()) {
            assertThat(PeakMemory.bytes().getAsLong()).isBetween(20_000_000L, 1L << 40);
        } else {
            assertThat(System.getProperty("os.name")).doesNotStartWith("Linux").doesNotStartWith("Mac");
        }
    }

    @Test
    void nonsenseIsAUsageError() {
        assertThat(new Bitnet().run("bench", "-n", "1").code()).isEqualTo(ExitCode.USAGE.code());
        assertThat(new Bitnet().run("bench", "-p", "5000").err()).contains("the context holds 2048 tokens");
    }
}
