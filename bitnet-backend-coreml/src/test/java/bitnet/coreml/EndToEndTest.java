package bitnet.coreml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BackendReport;
import bitnet.BackendReport.Outcome;
import bitnet.ChatOptions;
import bitnet.ChatSession;
import bitnet.Device;
import bitnet.DevicePolicy;
import bitnet.DeviceUnavailableException;
import bitnet.GenerationOptions;
import bitnet.LoadOptions;
import bitnet.Message;
import bitnet.Model;
import bitnet.Token;
import bitnet.coreml.ffm.FakeCoreMl;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * From a model file to text: exporter, packages, discovery, library, Core ML's double, interpreter, tokens. In F16 the logits
 * are not those of the CPU (AgreementTest has the bound), but where the model is sure of itself the text is the same.
 */
class EndToEndTest {
    private static final List<String> QUESTIONS = List.of(
            "What is 27 + 48?",
            "Tell me a story about a fox named Mila who loses a lantern.",
            "How many legs does a spider have?");
    private static final LoadOptions NEURAL_ENGINE =
            LoadOptions.defaults().withDevice(DevicePolicy.prefer(Device.APPLE_NEURAL_ENGINE));

    /** Largest difference of a logit in standard deviations of the logits: what AgreementTest allows such an export. */
    private static final double BOUND = 0.25;

    @TempDir
    private static Path directory;

    private static DemoExport demo;

    @BeforeAll
    static void export() throws Exception {
        demo = DemoExport.overDouble(directory);
    }

    @AfterAll
    static void cleanUp() {
        if (demo != null) {
            demo.close();
        }
    }

    /** Greedy answers as tokens. */
    private static List<int[]> answers(Model model) {
        return QUESTIONS.stream()
                .map(question -> model.tokens(List.of(new Message.User(question))))
                .map(prompt -> model.complete(prompt, GenerationOptions.greedy().withMaxTokens(100)).stream()
                        .mapToInt(Token::id)
                        .toArray())
                .toList();
    }

    /**
     * How sure the CPU is of what it says after these tokens: by how much the best logit exceeds the second, in standard
     * deviations of the logits.
     */
    private static double margin(Model cpu, int[] tokens) {
        double[] margin = new double[1];
        cpu.evaluate(tokens, (position, row) -> {
            if (position == tokens.length - 1) {
                double mean = IntStream.range(0, row.length)
                        .mapToDouble(i -> row[i])
                        .average()
                        .orElseThrow();
                double variance = IntStream.range(0, row.length)
                        .mapToDouble(i -> (row[i] - mean) * (row[i] - mean))
                        .average()
                        .orElseThrow();
                float[] sorted = row.clone();
                java.util.Arrays.sort(sorted);
                margin[0] = (sorted[row.length - 1] - sorted[row.length - 2]) / Math.sqrt(variance);
            }
        });
        return margin[0];
    }

    /** Two logits may each be off by {@link #BOUND}, so a margin of twice that decides alike. */
    @Test
    void theTextIsThatOfTheCpuWhereTheCpuIsSure() {
        LoadOptions onCpu = LoadOptions.defaults().withDevice(DevicePolicy.require(Device.CPU));
        try (Model cpu = Model.load(demo.model, onCpu);
                Model model = Model.load(demo.model, NEURAL_ENGINE)) {
            assertThat(model.info().backend()).isEqualTo(DoubleBackend.ID);
            assertThat(model.info().device()).isEqualTo(Device.APPLE_NEURAL_ENGINE);
            assertThat(model.info().contextLength()).isEqualTo(DemoExport.CONTEXT);
            List<int[]> expected = answers(cpu);
            List<int[]> found = answers(model);
            int same = 0;
            for (int i = 0; i < expected.size(); i++) {
                int differs = java.util.Arrays.mismatch(expected.get(i), found.get(i));
                if (differs < 0) {
                    same++;
                } else {
                    int[] prompt = cpu.tokens(List.of(new Message.User(QUESTIONS.get(i))));
                    int[] shared = java.util.Arrays.copyOf(prompt, prompt.length + differs);
                    System.arraycopy(expected.get(i), 0, shared, prompt.length, differs);
                    assertThat(margin(cpu, shared))
                            .as(QUESTIONS.get(i) + " token " + differs)
                            .isLessThan(2 * BOUND);
                    assertThat(differs).isGreaterThan(16);
                }
            }
            assertThat(same).isGreaterThanOrEqualTo(expected.size() - 1);
            assertThat(model.text(found.getFirst())).isEqualTo("27 + 48 = 75.");
            assertThat(FakeCoreMl.live()).as("functions and states").isPositive();
        }
        assertThat(FakeCoreMl.live()).isZero();
    }

    @Test
    void conversationsForkAndGoOn() {
        ChatOptions options =
                ChatOptions.defaults().withGeneration(GenerationOptions.greedy().withMaxTokens(24));
        try (Model model = Model.load(demo.model, NEURAL_ENGINE);
                ChatSession one = model.chat(options)) {
            one.send("What is 27 + 48?");
            try (ChatSession other = one.fork()) {
                assertThat(other.send("Tell me a story.")).isEqualTo(one.send("Tell me a story."));
            }
        }
        assertThat(FakeCoreMl.live()).isZero();
    }

    /** The double does not let two threads into a model at once. */
    @Test
    void generationsRunSideBySide() throws Exception {
        try (Model model = Model.load(demo.model, NEURAL_ENGINE);
                ExecutorService threads = Executors.newFixedThreadPool(3)) {
            Callable<String> ask = () -> {
                try (ChatSession chat = model.chat(ChatOptions.defaults().withGeneration(GenerationOptions.greedy()))) {
                    return chat.send("What is 27 + 48?");
                }
            };
            for (Future<String> answer : threads.invokeAll(List.of(ask, ask, ask))) {
                assertThat(answer.get()).isEqualTo("27 + 48 = 75.");
            }
        }
        assertThat(FakeCoreMl.live()).isZero();
    }

    @Test
    void residencyTellsWhatTheNeuralEngineTakes() {
        FakeCoreMl.keepOnCpu("softmax");
        try (Model model = Model.load(demo.model, NEURAL_ENGINE)) {
            assertThat(model.residency())
                    .matches("\\d+ of \\d+ operations on the Neural Engine, 0 on the GPU, [1-9]\\d* on the CPU");
        } finally {
            FakeCoreMl.keepOnCpu(null);
        }
        assertThat(FakeCoreMl.live()).isZero();
    }

    /** The provider that people get is beside the double's, and refuses, whatever lies around. */
    @Test
    void theBackendOfTheProductNeverTakesTheDouble() {
        LoadOptions product = NEURAL_ENGINE.withBackend("coreml");
        assertThatThrownBy(() -> Model.load(demo.model, product))
                .isInstanceOfSatisfying(
                        DeviceUnavailableException.class,
                        e -> assertThat(e.reports())
                                .contains(new BackendReport(
                                        "coreml",
                                        Device.APPLE_NEURAL_ENGINE,
                                        Outcome.ABSENT,
                                        "Core ML is part of macOS, and this is linux")));
        assertThat(CoreMlBackend.class.getResource("/META-INF/services/bitnet.spi.KernelBackend"))
                .isNotNull();
    }

    @Test
    void autoTakesItBecauseThereIsAnExport() {
        try (Model model = Model.load(demo.model)) {
            assertThat(model.info().backend()).isEqualTo(DoubleBackend.ID);
        }
        System.clearProperty(Exports.PROPERTY);
        try (Model model = Model.load(demo.model)) {
            assertThat(model.info().device()).isEqualTo(Device.CPU);
            assertThat(model.info().considered())
                    .filteredOn(report -> report.device() == Device.APPLE_NEURAL_ENGINE)
                    .extracting(BackendReport::outcome)
                    .containsOnly(Outcome.NOT_WANTED);
        } finally {
            System.setProperty(Exports.PROPERTY, demo.artifact.directory().toString());
        }
    }

    @Test
    void withoutAnExportTheRefusalSaysHowToMakeOne() {
        System.clearProperty(Exports.PROPERTY);
        try {
            assertThatThrownBy(() -> Model.load(
                            demo.model,
                            LoadOptions.defaults().withDevice(DevicePolicy.require(Device.APPLE_NEURAL_ENGINE))))
                    .isInstanceOf(DeviceUnavailableException.class)
                    .hasMessageContaining("there is no bitnet-coreml.json in")
                    .hasMessageContaining("bitnet export --format coreml")
                    .hasMessageContaining(demo.model.toString());
        } finally {
            System.setProperty(Exports.PROPERTY, demo.artifact.directory().toString());
        }
    }

    @Test
    void aLongerContextThanTheExportsGoesToTheCpu() {
        try (Model model = Model.load(demo.model, NEURAL_ENGINE.withContextLength(DemoExport.CONTEXT + 1))) {
            assertThat(model.info().device()).isEqualTo(Device.CPU);
        }
        assertThat(FakeCoreMl.live()).isZero();
    }
}
