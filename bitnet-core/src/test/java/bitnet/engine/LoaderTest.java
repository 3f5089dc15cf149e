package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BackendReport;
import bitnet.BackendReport.Outcome;
import bitnet.Device;
import bitnet.DevicePolicy;
import bitnet.DeviceUnavailableException;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.HeadType;
import bitnet.LoadOptions;
import bitnet.Model;
import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.Scheduling;
import bitnet.Token;
import bitnet.gguf.GgufFile;
import bitnet.scalar.ScalarBackend;
import bitnet.spi.Probe;
import bitnet.spi.UnsupportedByBackendException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Loading a real file, with the scalar backend and with fakes. */
class LoaderTest {
    @TempDir
    private static Path directory;

    private static Path gguf;

    @BeforeAll
    static void copyModel() throws IOException {
        gguf = directory.resolve("tiny.gguf");
        try (InputStream resource = LoaderTest.class.getResourceAsStream("/bitnet/gguf/tiny-bitnet-i2_s.gguf")) {
            Files.copy(resource, gguf);
        }
    }

    private static Model load(LoadOptions options, FakeBackend... backends) {
        Iterator<FakeBackend> fakes = List.of(backends).iterator();
        return Loader.load(gguf, options.withTokensOnly(true), Providers.of(new Iterator<>() {
            @Override
            public boolean hasNext() {
                return fakes.hasNext();
            }

            @Override
            public bitnet.spi.KernelBackend next() {
                return fakes.next();
            }
        }));
    }

    private static List<Integer> generate(Model model) {
        return model
                .complete(
                        new int[] {9, 8, 7, 6, 5, 4, 3, 2},
                        GenerationOptions.greedy().withMaxTokens(16))
                .stream()
                .map(Token::id)
                .toList();
    }

    @Test
    void withoutAVocabularyThereIsNoText() {
        try (Model model = load(LoadOptions.defaults())) {
            assertThat(generate(model)).hasSize(16);
            assertThatThrownBy(() -> model.tokens("text")).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> model.text(new int[] {1})).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(model::chat)
                    .isInstanceOf(ModelUnsupportedException.class)
                    .hasMessageContaining("tokens only");
        }
        assertThatThrownBy(() -> Loader.load(gguf, LoadOptions.defaults(), Providers.find()))
                .as("this file's vocabulary and merges disagree")
                .isInstanceOf(ModelFormatException.class);
    }

    @Test
    void infoTellsTheFacts() {
        try (Model model = load(LoadOptions.defaults().withContextLength(64))) {
            assertThat(model.info().architecture()).isEqualTo("bitnet-b1.58");
            assertThat(model.info().source()).isEqualTo(gguf.toString());
            assertThat(model.info().backend()).isEqualTo("scalar");
            assertThat(model.info().device()).isEqualTo(Device.CPU);
            assertThat(model.info().layers()).isEqualTo(2);
            assertThat(model.info().contextLength()).isEqualTo(64);
            assertThat(model.info().trainedContextLength()).isGreaterThan(64);
            assertThat(model.info().parameters()).isPositive();
            assertThat(model.info().storage()).startsWith("I2_S");
            assertThat(model.info().head()).isEqualTo(HeadType.EXACT);
            assertThat(model.info().considered()).hasSize(1);
        }
    }

    static Stream<Consumer<FakeBackend>> broken() {
        return Stream.of(
                backend -> backend.id = FakeBackend.failing(new IllegalStateException("oops")),
                backend -> backend.device = FakeBackend.failing(new NoClassDefFoundError("oops")),
                backend -> backend.version = () -> 99,
                backend -> backend.priority = FakeBackend.failing(new AssertionError("oops")),
                backend -> backend.probe = FakeBackend.failing(new UnsatisfiedLinkError("oops")),
                backend -> backend.probe = () -> new Probe.Unusable("no device"),
                backend -> backend.compile = FakeBackend.failing(new OutOfMemoryError("oops")),
                backend -> backend.compile = FakeBackend.failing(new IllegalArgumentException("oops")),
                backend -> backend.compile = () -> null);
    }

    @ParameterizedTest
    @MethodSource("broken")
    void whateverABackendDoesTheScalarOneAnswers(Consumer<FakeBackend> damage) {
        var fake = new FakeBackend("fake");
        damage.accept(fake);
        List<Integer> expected;
        try (Model model = load(LoadOptions.defaults())) {
            expected = generate(model);
        }
        try (Model model = load(LoadOptions.defaults(), fake)) {
            assertThat(model.info().backend()).isEqualTo("scalar");
            assertThat(model.info().considered())
                    .extracting(BackendReport::outcome)
                    .containsExactlyInAnyOrder(Outcome.REFUSED, Outcome.CHOSEN);
            assertThat(generate(model)).isEqualTo(expected);
        }
        assertThatThrownBy(() -> load(LoadOptions.defaults().withDevice(DevicePolicy.require(Device.CUDA)), fake))
                .isInstanceOf(DeviceUnavailableException.class);
    }

    @Test
    void aModelInFloatIsTheModelsFaultWhateverTheDevices() throws IOException {
        Path floats = directory.resolve("floats.gguf");
        try (InputStream in =
                new GZIPInputStream(LoaderTest.class.getResourceAsStream("/bitnet/gguf/tiny-bitnet-f16.gguf.gz"))) {
            Files.copy(in, floats);
        }
        long offset;
        try (GgufFile file = GgufFile.open(floats)) {
            offset = file.tensor("blk.0.attn_q.weight").orElseThrow().offset();
        }
        try (FileChannel channel = FileChannel.open(floats, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {0x12, 0x34, 0x56, 0x38, 0x21, 0x3b}), offset);
        }
        for (DevicePolicy policy : List.of(DevicePolicy.auto(), DevicePolicy.require(Device.CUDA))) {
            LoadOptions options = LoadOptions.defaults().withTokensOnly(true).withDevice(policy);
            assertThatThrownBy(() -> Loader.load(floats, options, Providers.find()))
                    .isInstanceOf(ModelUnsupportedException.class)
                    .hasMessageContaining("blk.0.attn_q.weight");
        }
    }

    @Test
    void aBackendWithoutTheHeadIsPassedOver() {
        var fake = new FakeBackend("fake");
        fake.compile = () -> {
            HeadType head = Objects.requireNonNull(fake.options).head();
            throw new UnsupportedByBackendException("no head of type " + head);
        };
        try (Model model = load(LoadOptions.defaults().withHead(HeadType.INT8), fake)) {
            assertThat(model.info().head()).isEqualTo(HeadType.INT8);
            assertThat(model.info().backend()).isEqualTo("scalar");
            assertThat(model.info().considered().getFirst().detail())
                    .isEqualTo("it could not take the model: no head of type INT8");
            assertThat(generate(model)).isNotEmpty();
        }
    }

    @Test
    void aBackendThatWorksIsChosenAndClosedWithTheModel() {
        var alphabet = new Alphabet(100);
        var fake = new FakeBackend("fake");
        fake.compile = () -> alphabet;
        Model model = load(LoadOptions.defaults(), fake);
        assertThat(model.info().backend()).isEqualTo("fake");
        assertThat(model.info().isa()).isEqualTo("fake");
        assertThat(model.info().considered())
                .extracting(BackendReport::outcome)
                .containsExactly(Outcome.CHOSEN, Outcome.NOT_TRIED);
        model.close();
        assertThat(alphabet.closes).isEqualTo(1);
    }

    @Test
    void theBackendChoosesTheChunksOfAPromptUnlessTheUserDoes() {
        var fake = new FakeBackend("fake");
        fake.prefillChunk = 48;
        load(LoadOptions.defaults(), fake).close();
        assertThat(Objects.requireNonNull(fake.options).maxRows()).isEqualTo(48);
        load(LoadOptions.defaults().withPrefillChunk(7), fake).close();
        assertThat(Objects.requireNonNull(fake.options).maxRows()).isEqualTo(7);
    }

    @Test
    void autoTakesADeviceThatItLeavesOutOnlyIfTheModelWasPreparedForIt() {
        var fake = new FakeBackend("fake");
        fake.device = () -> Device.APPLE_NEURAL_ENGINE;
        try (Model model = load(LoadOptions.defaults(), fake)) {
            assertThat(model.info().backend()).isEqualTo("scalar");
            assertThat(fake.probes).isZero();
        }
        fake.prepared = gguf::equals;
        try (Model model = load(LoadOptions.defaults(), fake)) {
            assertThat(model.info().backend()).isEqualTo("fake");
        }
        LoadOptions cpu = LoadOptions.defaults().withDevice(DevicePolicy.prefer(Device.CPU));
        try (Model model = load(cpu, fake)) {
            assertThat(model.info().backend())
                    .as("what is not auto stays as it is")
                    .isEqualTo("scalar");
        }
        var gpu = new FakeBackend("gpu") {};
        try (Model model = load(LoadOptions.defaults(), fake, gpu)) {
            assertThat(model.info().backend()).as("others go first").isEqualTo("gpu");
        }
        fake.prepared = source -> {
            throw new IllegalStateException("oops");
        };
        try (Model model = load(LoadOptions.defaults(), fake)) {
            assertThat(model.info().backend()).isEqualTo("scalar");
        }
    }

    @Test
    void aBackendMayHoldFewerTokensUnlessMoreAreWanted() {
        var alphabet = new Alphabet(100);
        alphabet.limit = 48;
        alphabet.residency = "all of it on the beach";
        var fake = new FakeBackend("fake");
        fake.compile = () -> alphabet;
        try (Model model = load(LoadOptions.defaults(), fake)) {
            assertThat(model.info().contextLength()).isEqualTo(48);
            assertThat(model.residency()).isEqualTo("all of it on the beach");
        }
        try (Model model = load(LoadOptions.defaults().withContextLength(64), fake)) {
            assertThat(model.info().backend()).isEqualTo("scalar");
            assertThat(model.info().contextLength()).isEqualTo(64);
            assertThat(model.info().considered().getFirst().detail())
                    .contains("it holds 48 tokens here, and a context of 64 is wanted");
        }
        assertThat(alphabet.closes).isEqualTo(2);
    }

    @Test
    void optionsThatDoNotSuitTheModel() {
        assertThatThrownBy(() -> load(LoadOptions.defaults().withContextLength(1_000_000)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1000000");
        LoadOptions noTokenizer = LoadOptions.defaults().withTokenizer(directory.resolve("none"));
        assertThatThrownBy(() -> Loader.load(gguf, noTokenizer, Providers.find()))
                .isInstanceOf(ModelFormatException.class);
        assertThatThrownBy(() -> load(LoadOptions.defaults().withBackend("no-such")))
                .isInstanceOf(DeviceUnavailableException.class)
                .hasMessageContaining("no-such");
    }

    @Test
    void loadingTellsItsProgressAndCanBeCancelled() {
        List<Long> done = new ArrayList<>();
        load(LoadOptions.defaults().withProgress((at, total) -> done.add(at * 100 / total)))
                .close();
        assertThat(done).isSorted().endsWith(100L);
        assertThatThrownBy(() -> load(LoadOptions.defaults().withCancellation(() -> true)))
                .isInstanceOf(CancellationException.class);
        var progress = new AtomicReference<>(0L);
        assertThatThrownBy(() -> load(LoadOptions.defaults()
                        .withProgress((at, total) -> progress.set(at))
                        .withCancellation(() -> progress.get() > 0)))
                .isInstanceOf(CancellationException.class);
    }

    @Test
    void virtualThreadsMayLoad() throws Exception {
        var text = new AtomicReference<List<Integer>>();
        Thread.ofVirtual()
                .start(() -> {
                    try (Model model = load(LoadOptions.defaults())) {
                        text.set(generate(model));
                    }
                })
                .join();
        try (Model model = load(LoadOptions.defaults())) {
            assertThat(text.get()).isEqualTo(generate(model));
        }
    }

    @Test
    void chunksOfThePromptDoNotChangeTheText() {
        List<Integer> expected = null;
        for (int chunk : new int[] {1, 2, 7, 256}) {
            try (Model model = load(LoadOptions.defaults().withPrefillChunk(chunk))) {
                List<Integer> tokens = generate(model);
                expected = expected == null ? tokens : expected;
                assertThat(tokens).as("chunks of %d", chunk).isEqualTo(expected);
            }
        }
    }

    @Test
    void flightRecorderEvents() throws IOException {
        Path file = directory.resolve("events.jfr");
        try (var recording = new Recording()) {
            recording.enable("bitnet.Decode");
            recording.start();
            try (Model model = load(LoadOptions.defaults())) {
                model.complete(
                                new int[] {1, 2, 3},
                                GenerationOptions.greedy()
                                        .withMaxTokens(4)
                                        .withIgnoreEndOfGeneration(true)
                                        .withSpeculation(false))
                        .finish();
            }
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("bitnet."))
                .toList();
        assertThat(events)
                .extracting(event -> event.getEventType().getName())
                .containsExactlyInAnyOrder(
                        "bitnet.ModelLoad",
                        "bitnet.Prefill",
                        "bitnet.Decode",
                        "bitnet.Decode",
                        "bitnet.Decode",
                        "bitnet.Generation");
        for (RecordedEvent event : events) {
            if (event.getEventType().getName().equals("bitnet.ModelLoad")) {
                assertThat(event.getString("backend")).isEqualTo("scalar");
            } else if (event.getEventType().getName().equals("bitnet.Prefill")) {
                assertThat(event.getInt("computedTokens")).isEqualTo(3);
            } else if (event.getEventType().getName().equals("bitnet.Generation")) {
                assertThat(event.getInt("completionTokens")).isEqualTo(4);
                assertThat(event.getString("finishReason")).isEqualTo("LENGTH");
            }
        }
    }

    /** Two generations where one may run: the second waits, and the steps say how many rows they had. */
    @Test
    @Timeout(60)
    void queuedGenerationsAndStepsAreRecorded() throws Exception {
        Path file = directory.resolve("many.jfr");
        var options = GenerationOptions.greedy()
                .withMaxTokens(4)
                .withIgnoreEndOfGeneration(true)
                .withSpeculation(false);
        try (var recording = new Recording()) {
            recording.enable("bitnet.Step");
            recording.start();
            var one =
                    LoadOptions.defaults().withScheduling(Scheduling.defaults().withMaxRunning(1));
            try (Model model = load(one)) {
                Generation first = model.complete(new int[] {1, 2, 3}, options);
                assertThat(first.hasNext()).isTrue();
                Thread second = Thread.startVirtualThread(
                        () -> model.complete(new int[] {4, 5}, options).finish());
                while (model.stats().queued() == 0) {
                    assertThat(second.join(Duration.ofMillis(1)))
                            .as("the second waits")
                            .isFalse();
                }
                first.finish();
                second.join();
            }
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertThat(events)
                .filteredOn(event -> event.getEventType().getName().equals("bitnet.Queue"))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.getInt("running")).isEqualTo(1);
                    assertThat(event.getInt("queued")).isZero();
                    assertThat(event.getDuration()).isPositive();
                });
        assertThat(events)
                .filteredOn(event -> event.getEventType().getName().equals("bitnet.Step"))
                .extracting(event -> event.getInt("generations") + " " + event.getInt("promptRows") + " "
                        + event.getInt("decodedRows"))
                .containsExactly("1 3 0", "1 0 1", "1 0 1", "1 0 1", "1 2 0", "1 0 1", "1 0 1", "1 0 1");
    }

    @Test
    void theScalarBackendIsTheLastOfTheCpus() {
        var slow = new FakeBackend("slow") {
            @Override
            public Device device() {
                return Device.CPU;
            }
        };
        slow.priority = () -> -1_000_000;
        try (Model model = load(LoadOptions.defaults(), slow)) {
            assertThat(model.info().backend()).isEqualTo("slow");
        }
        assertThat(new ScalarBackend().id()).isEqualTo("scalar");
    }
}
