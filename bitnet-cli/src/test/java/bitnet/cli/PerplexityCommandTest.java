package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bitnet.Model;
import bitnet.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PerplexityCommandTest {
    private static final int BOS = 1810;

    @TempDir
    private Path directory;

    private String file(String text) throws IOException {
        return Files.writeString(directory.resolve("text.txt"), text).toString();
    }

    /** The definition, written down a second time: token after token, each from a window computed from scratch. */
    private static double reference(Model model, int[] text, int room, int stride) {
        double sum = 0;
        int scored = 0;
        for (int token = 0; token < text.length; token++) {
            int window = 0;
            while (window + room <= token) {
                window += stride;
            }
            List<Integer> input = new ArrayList<>(List.of(BOS));
            for (int i = window; i < token; i++) {
                input.add(text[i]);
            }
            float[][] last = new float[1][];
            model.evaluate(
                    input.stream().mapToInt(Integer::intValue).toArray(),
                    (position, logits) -> last[0] = logits.clone());
            double total = 0;
            for (float logit : last[0]) {
                total += Math.exp(logit);
            }
            sum += Math.log(total) - last[0][text[token]];
            scored++;
        }
        return Math.exp(sum / scored);
    }

    @Test
    void valueIsThatOfTheDefinition() throws IOException {
        String text = "Once upon a time, there was a clever owl named Max. He lived in the castle. Max had a teapot.";
        String path = file(text);
        try (Model model = Model.load(DemoModel.file())) {
            int[] tokens = Arrays.stream(model.tokens(text)).skip(1).toArray();
            for (int[] sizes : new int[][] {{512, 511}, {9, 8}, {9, 3}, {6, 1}}) {
                Map<String, Object> result = new Bitnet()
                        .run(
                                "perplexity",
                                "--json",
                                "--window",
                                "" + sizes[0],
                                "--stride",
                                "" + Math.min(sizes[1], sizes[0] - 1),
                                path)
                        .object();
                double expected = reference(model, tokens, sizes[0] - 1, sizes[1]);
                assertThat((Double) result.get("perplexity")).isCloseTo(expected, within(expected * 1e-6));
                assertThat(result).containsEntry("scored", tokens.length).containsEntry("tokens", tokens.length);
            }
        }
    }

    @Test
    void storyIsLessOfASurpriseThanNonsense() throws IOException {
        Bitnet.Result story = new Bitnet().run("perplexity", file(RunCommandTest.FOX));
        Bitnet.Result nonsense =
                new Bitnet().run("perplexity", file("lantern the castle in fox Mila was lived young a"));
        assertThat(story.out()).matches("\\d+\\.\\d{6}\n");
        assertThat(Double.parseDouble(story.out())).isLessThan(5).isGreaterThan(1);
        assertThat(Double.parseDouble(nonsense.out())).isGreaterThan(50);
    }

    @Test
    void nonsenseIsAUsageError() throws IOException {
        assertThat(new Bitnet()
                        .run("perplexity", directory.resolve("none").toString())
                        .code())
                .isEqualTo(ExitCode.USAGE.code());
        assertThat(new Bitnet().run("perplexity", file("")).code()).isEqualTo(ExitCode.USAGE.code());
        assertThat(new Bitnet().run("perplexity", "--window", "1", file("abc")).code())
                .isEqualTo(ExitCode.USAGE.code());
        assertThat(new Bitnet()
                        .run("perplexity", "--window", "8", "--stride", "8", file("abc"))
                        .code())
                .isEqualTo(ExitCode.USAGE.code());
        Path binary = Files.write(directory.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        assertThat(new Bitnet().run("perplexity", binary.toString()).err()).contains("not a UTF-8 text");
    }
}
