package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertCommandTest {
    @TempDir
    private Path directory;

    @Test
    void everyContainerAnswersTheSame() throws IOException {
        String demo = DemoModel.file().toString();
        Path text = Files.writeString(directory.resolve("fox.txt"), RunCommandTest.FOX);
        String expected = new Bitnet().run("perplexity", text.toString()).out();
        for (String type : new String[] {"i2_s", "tq1_0", "f16"}) {
            String file = directory.resolve(type + ".gguf").toString();
            Bitnet.Result result = new Bitnet().run("convert", "--type", type, "--json", demo, file);
            assertThat(result.code()).as(result.err()).isZero();
            Map<String, Object> report = result.object();
            assertThat(report).containsEntry("type", type).containsEntry("target", file);
            Map<?, ?> verification = (Map<?, ?>) report.get("verification");
            assertThat(verification.get("ternary_tensors")).isEqualTo(56);
            assertThat(((Map<?, ?>) verification.get("logits")).get("same_best"))
                    .isEqualTo(true);
            if (type.equals("i2_s")) {
                assertThat(new Bitnet()
                                .run("perplexity", "-m", file, text.toString())
                                .out())
                        .isEqualTo(expected);
            }
            assertThat(new Bitnet()
                            .run("run", "-m", file, "--greedy", "What is 27 + 48?")
                            .out())
                    .isEqualTo("27 + 48 = 75.\n");
        }
    }

    @Test
    void ternaryEmbeddingsHaveTheTypeOfTheWeights() throws Exception {
        String synthetic = directory.resolve("a.gguf").toString();
        new Bitnet().run("synth", "--shape", "bonsai-tiny", synthetic);
        String file = directory.resolve("b.gguf").toString();
        Bitnet.Result result = new Bitnet().run("convert", "--type", "ptq1_0", "--json", synthetic, file);
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.object()).containsEntry("embedding_type", "ptq1_0").containsEntry("architecture", "qwen3");
        Path text = Files.writeString(directory.resolve("fox.txt"), RunCommandTest.FOX);
        Bitnet.Result expected = new Bitnet().run("perplexity", "-m", synthetic, text.toString());
        assertThat(expected.code()).as(expected.err()).isZero();
        assertThat(new Bitnet().run("perplexity", "-m", file, text.toString()).out())
                .isEqualTo(expected.out());
    }

    @Test
    void fileThatIsThereIsKeptUnlessForced() throws IOException {
        String demo = DemoModel.file().toString();
        Path file = Files.writeString(directory.resolve("x.gguf"), "mine");
        Bitnet.Result result = new Bitnet().run("convert", "--type", "i2_s", demo, file.toString());
        assertThat(result.code()).isEqualTo(ExitCode.USAGE.code());
        assertThat(result.err()).contains("--force");
        assertThat(file).hasContent("mine");
        assertThat(new Bitnet()
                        .run("convert", "--type", "i2_s", "--force", demo, file.toString())
                        .code())
                .isZero();
        assertThat(Files.size(file)).isGreaterThan(1_000_000);
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void nonsenseIsAUsageError() {
        String demo = DemoModel.file().toString();
        String out = directory.resolve("x.gguf").toString();
        assertThat(new Bitnet().run("convert", "--type", "q4_0", demo, out).err())
                .contains("i2_s, tq1_0");
        assertThat(new Bitnet()
                        .run("convert", "--type", "i2_s", "--layout", "four-rows", demo, out)
                        .code())
                .isEqualTo(ExitCode.USAGE.code());
        assertThat(new Bitnet()
                        .run("convert", "--type", "i2_s", "--layout", "sparc", demo, out)
                        .code())
                .isEqualTo(ExitCode.USAGE.code());
        assertThat(new Bitnet().run("convert", demo, out).err()).contains("--type");
    }
}
