package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bitnet.BackendFailureException;
import bitnet.BusyException;
import bitnet.ContextOverflowException;
import bitnet.Embedding;
import bitnet.EmbeddingModel;
import bitnet.EmbeddingOptions;
import bitnet.LoadOptions;
import bitnet.Model;
import bitnet.ModelUnsupportedException;
import bitnet.PoolingType;
import bitnet.Scheduling;
import bitnet.model.Transformer;
import bitnet.scalar.ScalarBackend;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.KernelBackend;
import bitnet.spi.Sequence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What callers see of an embedding model. */
class EmbeddingModelTest {
    private static final EmbeddingOptions DEFAULTS = EmbeddingOptions.defaults();
    private static final Path PATH = EmbeddingReference.path("tiny-bitnet-embedding-gemma3/");
    private static final List<String> TEXTS = List.of(
            "a text",
            "",
            "the quick brown fox jumps over the lazy dog",
            "a",
            "another, and a longer one: " + "the same again ".repeat(20),
            "the quick brown fox jumps over the lazy dog");

    private static EmbeddingModel model;

    @BeforeAll
    static void load() {
        model = EmbeddingModel.load(PATH);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void saysWhatItsFilesSay() {
        assertThat(model.dimensions()).isEqualTo(128);
        assertThat(model.pooling()).isEqualTo(PoolingType.LAST);
        assertThat(model.isNormalized()).isTrue();
        assertThat(model.prompts()).containsOnlyKeys("query", "document");
        assertThat(model.info().chatTemplate()).contains("embedding model");
        assertThat(model.info().parameters()).isGreaterThan(500_000);
    }

    @ParameterizedTest
    @EnumSource
    void givesATextTheSameBitsAloneAndAmongOthers(PoolingType pooling) {
        EmbeddingOptions options = DEFAULTS.withPooling(pooling);
        List<Embedding> together = model.embed(TEXTS, options);
        assertThat(together).hasSize(TEXTS.size());
        for (int i = 0; i < TEXTS.size(); i++) {
            Embedding alone = model.embed(TEXTS.get(i), options);
            assertThat(together.get(i).vector()).as("text " + i).isEqualTo(alone.vector());
            assertThat(together.get(i).tokens()).isEqualTo(model.tokens(TEXTS.get(i), options).length);
        }
        assertThat(together.get(2).vector()).isEqualTo(together.get(5).vector());
    }

    @ParameterizedTest
    @EnumSource
    void givesTheSameBitsInStepsOfAnySize(PoolingType pooling) {
        List<Embedding> expected = model.embed(TEXTS, DEFAULTS.withPooling(pooling));
        for (int rows : new int[] {1, 7, 64}) {
            LoadOptions options = LoadOptions.defaults().withPrefillChunk(rows);
            try (EmbeddingModel other = EmbeddingModel.load(PATH, options)) {
                List<Embedding> found = other.embed(TEXTS, DEFAULTS.withPooling(pooling));
                for (int i = 0; i < TEXTS.size(); i++) {
                    assertThat(found.get(i).vector()).isEqualTo(expected.get(i).vector());
                }
            }
        }
    }

    @Test
    void normalisesUnlessToldOtherwise() {
        float[] raw = model.embed("a text", DEFAULTS.withNormalized(false)).vector();
        float[] unit = model.embed("a text").vector();
        assertThat(length(unit)).isCloseTo(1, within(1e-6));
        assertThat(length(raw)).isNotCloseTo(1, within(1e-3));
        for (int i = 0; i < unit.length; i++) {
            assertThat((double) unit[i]).isCloseTo(raw[i] / length(raw), within(1e-6));
        }
    }

    private static double length(float[] vector) {
        return Math.sqrt(IntStream.range(0, vector.length)
                .mapToDouble(i -> (double) vector[i] * vector[i])
                .sum());
    }

    @Test
    void cutsDimensionsAndNormalisesWhatIsLeft() {
        float[] whole = model.embed("a text").vector();
        float[] cut = model.embed("a text", DEFAULTS.withDimensions(50)).vector();
        assertThat(cut).hasSize(50);
        assertThat(length(cut)).isCloseTo(1, within(1e-6));
        double rest = length(Arrays.copyOf(whole, 50));
        for (int i = 0; i < cut.length; i++) {
            assertThat((double) cut[i]).isCloseTo(whole[i] / rest, within(1e-6));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.embed("a text", DEFAULTS.withDimensions(129)))
                .withMessageContaining("128");
    }

    @Test
    void putsPromptsInFront() {
        String prompt = model.prompts().get("query");
        int[] expected = model.tokens(prompt + "What is it?", DEFAULTS);
        assertThat(model.tokens("What is it?", DEFAULTS.withPromptName("query")))
                .isEqualTo(expected);
        assertThat(model.tokens("What is it?", DEFAULTS.withPrompt(prompt))).isEqualTo(expected);
        assertThat(model.tokens("What is it?", DEFAULTS.withPromptName("query").withPrompt("")))
                .isEqualTo(model.tokens("What is it?", DEFAULTS));
        assertThat(model.embed("What is it?", DEFAULTS.withPromptName("query")).vector())
                .isEqualTo(model.embed(prompt + "What is it?").vector());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.embed("a", DEFAULTS.withPromptName("passage")))
                .withMessageContainingAll("passage", "query");
    }

    @Test
    void takesSpellingsOfSpecialTokensForText() {
        assertThat(model.tokens("<eos>", DEFAULTS))
                .hasSizeGreaterThan(3)
                .startsWith(2)
                .endsWith(1);
    }

    @Test
    void refusesOrCutsWhatIsLongerThanTheContext() {
        LoadOptions options = LoadOptions.defaults().withContextLength(20);
        String text = TEXTS.get(4);
        try (EmbeddingModel small = EmbeddingModel.load(PATH, options)) {
            assertThatThrownBy(() -> small.embed(List.of("a", text)))
                    .isInstanceOfSatisfying(
                            ContextOverflowException.class,
                            e -> assertThat(e.available()).isEqualTo(20));
            assertThat(small.stats().rows()).isZero();
            EmbeddingOptions cut = DEFAULTS.withTruncation(true);
            int[] tokens = small.tokens(text, cut);
            assertThat(tokens).hasSize(20).startsWith(2).endsWith(1);
            Embedding embedding = small.embed(text, cut);
            assertThat(embedding.truncated()).isTrue();
            assertThat(embedding.tokens()).isEqualTo(20);
            assertThat(embedding.vector())
                    .isEqualTo(small.embed(tokens, DEFAULTS).vector());
            assertThat(small.embed("a", cut).truncated()).isFalse();
            assertThatThrownBy(() -> small.embed(new int[21], DEFAULTS)).isInstanceOf(ContextOverflowException.class);
            assertThat(small.embed(new int[21], cut).truncated()).isTrue();
        }
    }

    @Test
    void refusesTokensThatAreNone() {
        assertThatIllegalArgumentException().isThrownBy(() -> model.embed(new int[0], DEFAULTS));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.embed(new int[] {600}, DEFAULTS))
                .withMessageContaining("600");
        assertThat(model.embed(List.of())).isEmpty();
    }

    @Test
    void holdsNoKeysAndValues() {
        model.embed(TEXTS);
        assertThat(model.stats().kvBytes()).isZero();
    }

    @Test
    void countsTokens() {
        long before = model.stats().promptTokens();
        int tokens = model.embed("a text").tokens();
        assertThat(model.stats().promptTokens()).isEqualTo(before + tokens);
    }

    /** Also: memory beside the results does not grow with the number of texts. */
    @Test
    void embedsThousandsOfTextsAFewAtATime() {
        Path path = EmbeddingReference.path("tiny-bitnet-embedding-qwen3/");
        List<String> texts = Collections.nCopies(10_000, "a");
        try (EmbeddingModel many = EmbeddingModel.load(path)) {
            long[] most = new long[1];
            EmbeddingOptions options = DEFAULTS.withCancellation(() -> {
                most[0] = Math.max(most[0], many.stats().kvBytes());
                return false;
            });
            List<Embedding> embeddings = many.embed(texts, options);
            float[] one = many.embed("a").vector();
            assertThat(embeddings)
                    .hasSize(10_000)
                    .allSatisfy(each -> assertThat(each.vector()).isEqualTo(one));
            long page = 2L * 2 * 2 * 64 * 64 * Float.BYTES;
            long rowsTogether = 2L * 256 + 256;
            assertThat(most[0]).isPositive().isLessThanOrEqualTo(page * rowsTogether);
        }
    }

    /** A copy of a small model, with other files beside it. */
    private static void copy(Path directory) throws IOException {
        Path from = EmbeddingReference.path("tiny-bitnet-embedding-qwen3/");
        for (String name : List.of(
                "config.json",
                "config_sentence_transformers.json",
                "model.safetensors",
                "modules.json",
                "tokenizer.json",
                "tokenizer_config.json")) {
            Files.copy(from.resolve(name), directory.resolve(name));
        }
        Files.createDirectory(directory.resolve("1_Pooling"));
    }

    @Test
    void leavesPromptsOutOfMeansWhereTheFilesSaySo(@TempDir Path directory) throws IOException {
        copy(directory);
        Path pooling = directory.resolve("1_Pooling/config.json");
        Files.writeString(pooling, "{\"pooling_mode_mean_tokens\":true,\"include_prompt\":false}");
        EmbeddingOptions unscaled = DEFAULTS.withNormalized(false).withPrompt("quick fox: ");
        try (EmbeddingModel without = EmbeddingModel.load(directory)) {
            int prompt = without.tokens("", unscaled).length - 1; // but for the end
            int[] tokens = without.tokens("the lazy dog", unscaled);
            float[] expected = new float[without.dimensions()];
            double[] sums = new double[expected.length];
            for (int length = prompt + 1; length <= tokens.length; length++) {
                // The vector of a text's last token is the one that it has among later ones.
                float[] last = without.embed(Arrays.copyOf(tokens, length), unscaled.withPooling(PoolingType.LAST))
                        .vector();
                for (int i = 0; i < sums.length; i++) {
                    sums[i] += last[i];
                }
            }
            for (int i = 0; i < sums.length; i++) {
                expected[i] = (float) (sums[i] / (tokens.length - prompt));
            }
            assertThat(prompt).isPositive();
            assertThat(without.embed("the lazy dog", unscaled).vector()).isEqualTo(expected);
            assertThat(without.embed("", unscaled).vector()).hasSize(expected.length);
        }
    }

    @Test
    void takesNoMoreTokensThanItsFilesAllow(@TempDir Path directory) throws IOException {
        copy(directory);
        Files.writeString(directory.resolve("1_Pooling/config.json"), "{\"pooling_mode_cls_token\":true}");
        Files.writeString(directory.resolve("sentence_bert_config.json"), "{\"max_seq_length\":8}");
        try (EmbeddingModel limited = EmbeddingModel.load(directory)) {
            String text = "the quick brown fox jumps over the lazy dog";
            assertThatThrownBy(() -> limited.embed(text)).isInstanceOf(ContextOverflowException.class);
            Embedding cut = limited.embed(text, DEFAULTS.withTruncation(true));
            assertThat(cut.tokens()).isEqualTo(8);
            int first = limited.tokens(text, DEFAULTS.withTruncation(true))[0];
            assertThat(limited.pooling()).isEqualTo(PoolingType.FIRST);
            assertThat(cut.vector())
                    .isEqualTo(limited.embed(new int[] {first}, DEFAULTS).vector());
        }
    }

    /** Who waits is counted as generations are. */
    @Test
    void isBusyWhenItsQueueIsFull() throws Exception {
        LoadOptions options = LoadOptions.defaults()
                .withScheduling(Scheduling.defaults().withMaxRunning(1).withMaxQueued(0));
        var computes = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        List<Candidate> backends = Providers.of(List.<KernelBackend>of(asking(() -> {
                    computes.countDown();
                    await(goOn);
                }))
                .iterator());
        try (EmbeddingModel one = Loader.loadEmbedding(PATH, options, backends)) {
            CompletableFuture<Embedding> first = CompletableFuture.supplyAsync(() -> one.embed("a text"));
            try {
                await(computes);
                assertThatThrownBy(() -> one.embed("another")).isInstanceOf(BusyException.class);
            } finally {
                goOn.countDown();
            }
            assertThat(first.get(1, TimeUnit.MINUTES).vector()).hasSize(128);
            assertThat(one.embed("another").vector()).hasSize(128);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void isCancelled() {
        var asked = new AtomicInteger();
        EmbeddingOptions options = DEFAULTS.withCancellation(() -> asked.incrementAndGet() > 12);
        assertThatThrownBy(() -> model.embed(Collections.nCopies(1000, "a text"), options))
                .isInstanceOf(CancellationException.class);
        assertThat(model.stats().kvBytes()).isZero();
        assertThat(model.embed("a text").vector()).hasSize(128);
    }

    @Test
    void isCancelledByAnInterruptWhichStaysPending() {
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> model.embed(TEXTS)).isInstanceOf(CancellationException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void embedsForManyThreads() {
        List<Embedding> expected = model.embed(TEXTS);
        List<CompletableFuture<List<Embedding>>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            calls.add(CompletableFuture.supplyAsync(() -> model.embed(TEXTS)));
        }
        for (var call : calls) {
            List<Embedding> found = call.join();
            for (int i = 0; i < TEXTS.size(); i++) {
                assertThat(found.get(i).vector()).isEqualTo(expected.get(i).vector());
            }
        }
    }

    /** A backend that computes as the scalar one until it fails. */
    private static FakeBackend failingAfter(int batches) {
        var left = new AtomicInteger(batches);
        return asking(() -> {
            if (left.getAndDecrement() <= 0) {
                throw new BackendFailureException("device lost");
            }
        });
    }

    /** A backend that computes as the scalar one, and before each step does something else. */
    private static FakeBackend asking(Runnable before) {
        return new FakeBackend("broken") {
            @Override
            public CompiledModel compile(Transformer transformer, CompileOptions options) {
                CompiledModel real = new ScalarBackend().compile(transformer, options);
                return new CompiledModel() {
                    @Override
                    public Sequence newSequence() {
                        return real.newSequence();
                    }

                    @Override
                    public void forward(Batch batch, Cancellation cancellation) {
                        before.run();
                        real.forward(batch, cancellation);
                    }

                    @Override
                    public long memoryBytes() {
                        return real.memoryBytes();
                    }

                    @Override
                    public void close() {
                        real.close();
                    }
                };
            }
        };
    }

    @ParameterizedTest
    @EnumSource
    void goesOnWhereverABackendFails(PoolingType pooling) {
        EmbeddingOptions options = DEFAULTS.withPooling(pooling);
        List<Embedding> expected = model.embed(TEXTS, options);
        for (int batches = 0; batches < 8; batches++) {
            LoadOptions moving = LoadOptions.defaults().withFailover(true).withPrefillChunk(16);
            List<Candidate> backends =
                    Providers.of(List.<KernelBackend>of(failingAfter(batches)).iterator());
            try (EmbeddingModel other = Loader.loadEmbedding(PATH, moving, backends)) {
                assertThat(other.info().backend()).isEqualTo("broken");
                List<Embedding> found = other.embed(TEXTS, options);
                for (int i = 0; i < TEXTS.size(); i++) {
                    assertThat(found.get(i).vector()).isEqualTo(expected.get(i).vector());
                }
                assertThat(other.info().backend()).isEqualTo("scalar");
            }
        }
    }

    @Test
    void failsWithItsBackendUnlessItMayMove() {
        List<Candidate> backends =
                Providers.of(List.<KernelBackend>of(failingAfter(0)).iterator());
        try (EmbeddingModel other = Loader.loadEmbedding(PATH, LoadOptions.defaults(), backends)) {
            assertThatThrownBy(() -> other.embed("a text")).isInstanceOf(BackendFailureException.class);
        }
    }

    @Test
    void endsWithItsModel() {
        EmbeddingModel closed = EmbeddingModel.load(PATH);
        closed.close();
        closed.close();
        assertThatIllegalStateException().isThrownBy(() -> closed.embed("a text"));
        assertThatIllegalStateException().isThrownBy(() -> closed.tokens("a text", DEFAULTS));
    }

    @Test
    void isNoLanguageModelAndTheOtherWayRound() {
        assertThatThrownBy(() -> Model.load(PATH))
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("EmbeddingModel");
        assertThatThrownBy(() -> EmbeddingModel.load(EmbeddingReference.path("tiny-bonsai-qwen3/q2_0.gguf")))
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("language model");
    }
}
