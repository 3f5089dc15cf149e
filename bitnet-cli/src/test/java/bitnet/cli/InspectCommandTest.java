package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.demo.DemoModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
    @TempDir
    private Path directory;

    @Test
    void demoModelHasNoFaults() {
        Bitnet.Result result = new Bitnet().run("inspect", DemoModel.file().toString());
        assertThat(result.code()).as(result.out()).isZero();
        assertThat(result.out()).contains("8 layers").doesNotContain("error:").contains("<|eot_id|> (1812)");
    }

    @Test
    void jsonHasShapeTensorsAndMetadata() {
        Map<String, Object> json =
                new Bitnet().run("inspect", "--json", "--tensors", "--metadata").object();
        Map<?, ?> shape = (Map<?, ?>) json.get("shape");
        assertThat(shape.get("layers")).isEqualTo(8);
        assertThat(shape.get("hidden")).isEqualTo(256);
        assertThat((List<?>) json.get("tensors")).hasSizeGreaterThan(8 * 7);
        assertThat(((Map<?, ?>) json.get("metadata")).get("general.architecture"))
                .isEqualTo("bitnet-b1.58");
        assertThat((List<?>) json.get("findings"))
                .noneMatch(finding -> "error".equals(((Map<?, ?>) finding).get("severity")));
    }

    @Test
    void tensorsAreListedOnRequest() {
        assertThat(new Bitnet().run("inspect").out()).doesNotContain("blk.0.");
        assertThat(new Bitnet().run("inspect", "--tensors").out()).contains("blk.0.attn_q.weight");
    }

    @Test
    void brokenScaleIsAnError() throws IOException {
        byte[] bytes = Files.readAllBytes(DemoModel.file());
        Map<?, ?> json = new Bitnet().run("inspect", "--json", "--tensors").object();
        Map<?, ?> last = (Map<?, ?>) ((List<?>) json.get("tensors"))
                .stream()
                        .filter(t -> "I2_S".equals(((Map<?, ?>) t).get("type")))
                        .reduce((a, b) -> b)
                        .orElseThrow();
        // The scale of an I2_S tensor lies behind its codes; the file ends with some tensor's 32 bytes of scale.
        int scale = scaleOffset(bytes, ((Number) last.get("bytes")).intValue());
        bytes[scale] = 0;
        bytes[scale + 1] = 0;
        bytes[scale + 2] = (byte) 0xc0;
        bytes[scale + 3] = 0x7f;
        Path broken = Files.write(directory.resolve("broken.gguf"), bytes);
        Bitnet.Result result = new Bitnet().run("inspect", broken.toString());
        assertThat(result.code()).isEqualTo(ExitCode.FINDINGS.code());
        assertThat(result.out()).contains("error: blk.").contains("NaN");
    }

    /** Where the scale of some I2_S tensor is: 28 zero bytes follow it, after codes of no zero byte run of that length. */
    private static int scaleOffset(byte[] bytes, int minimum) {
        for (int at = bytes.length - 32; at > minimum; at -= 32) {
            boolean padded = true;
            for (int i = 4; i < 32; i++) {
                padded &= bytes[at + i] == 0;
            }
            if (padded && bytes[at + 3] != 0) {
                return at;
            }
        }
        throw new AssertionError("no scale found");
    }

    @Test
    void whatIsNoModelEndsWithItsExitCode() throws IOException {
        Path text = Files.write(directory.resolve("a.txt"), "hello".getBytes(StandardCharsets.UTF_8));
        assertThat(new Bitnet().run("inspect", text.toString()).code()).isEqualTo(ExitCode.MODEL_FORMAT.code());
        assertThat(new Bitnet().run("inspect", directory.toString()).code()).isEqualTo(ExitCode.MODEL_FORMAT.code());
    }
}
