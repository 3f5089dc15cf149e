package bitnet.scalar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.KvType;
import bitnet.model.ModelFile;
import bitnet.model.Transformer;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompiledModel;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sequences of models whose layers keep a state of the whole text: it follows the tokens, however they come. */
class HybridTest {
    private static final int[] TEXT = new Random(5).ints(150, 0, 600).toArray();

    private final List<ModelFile> files = new ArrayList<>();

    private Transformer open(String folder, String container) {
        files.add(Bonsai.open(folder, container));
        return files.getLast().transformer();
    }

    @AfterEach
    void close() {
        files.forEach(ModelFile::close);
    }

    private static int[][] logits(CompiledModel model, Sequence sequence, int... tokens) {
        return Run.forward(model, sequence, 600, tokens).stream()
                .map(logits -> Run.bits(logits.values()))
                .toArray(int[][]::new);
    }

    @ParameterizedTest
    @CsvSource({"tiny-qwen35, q2_0.gguf", "tiny-bonsai2-qwen35, pq2_0.gguf"})
    void decodingGivesTheBitsOfAPrompt(String folder, String container) {
        Transformer transformer = open(folder, container);
        int[][] whole = Run.bits(transformer, KvType.F16, TEXT);
        try (CompiledModel model = Run.compile(transformer, KvType.F16);
                Sequence steps = model.newSequence();
                Sequence pieces = model.newSequence()) {
            for (int i = 0; i < TEXT.length; i++) {
                assertThat(logits(model, steps, TEXT[i])[0]).as("token " + i).isEqualTo(whole[i]);
            }
            int at = 0;
            for (int length : new int[] {1, 2, 3, 17, 64, 63}) {
                int[][] piece = logits(model, pieces, Arrays.copyOfRange(TEXT, at, at + length));
                assertThat(piece).isDeepEqualTo(Arrays.copyOfRange(whole, at, at + length));
                at += length;
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"tiny-qwen35, q2_0.gguf"})
    void sequencesOfABatchDoNotMeet(String folder, String container) {
        Transformer transformer = open(folder, container);
        int[][] first = Run.bits(transformer, KvType.F16, Arrays.copyOf(TEXT, 40));
        int[][] second = Run.bits(transformer, KvType.F16, Arrays.copyOfRange(TEXT, 60, 100));
        try (CompiledModel model = Run.compile(transformer, KvType.F16);
                Sequence a = model.newSequence();
                Sequence b = model.newSequence()) {
            Batch batch = new Batch();
            List<Logits> targets =
                    IntStream.range(0, 80).mapToObj(i -> Logits.all(600)).toList();
            for (int i = 0; i < 40; i++) {
                batch.add(a, i, TEXT[i], targets.get(2 * i));
                batch.add(b, i, TEXT[60 + i], targets.get(2 * i + 1));
            }
            model.forward(batch, Cancellation.NEVER);
            for (int i = 0; i < 40; i++) {
                assertThat(Run.bits(targets.get(2 * i).values())).isEqualTo(first[i]);
                assertThat(Run.bits(targets.get(2 * i + 1).values())).isEqualTo(second[i]);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"tiny-qwen35, q2_0.gguf"})
    void aForkHasAStateOfItsOwn(String folder, String container) {
        Transformer transformer = open(folder, container);
        int[][] whole = Run.bits(transformer, KvType.F16, TEXT);
        try (CompiledModel model = Run.compile(transformer, KvType.F16)) {
            try (Sequence other = forked(model, whole)) {
                assertThat(logits(model, other, TEXT[71])[0])
                        .as("behind a closed one")
                        .isEqualTo(whole[71]);
            }
        }
    }

    /** A fork of a sequence of 71 tokens, which is closed. */
    private static Sequence forked(CompiledModel model, int[][] whole) {
        try (Sequence one = model.newSequence()) {
            logits(model, one, Arrays.copyOf(TEXT, 70));
            try (Sequence other = one.fork()) {
                logits(model, other, 1, 2, 3);
                assertThat(logits(model, one, TEXT[70])[0]).isEqualTo(whole[70]);
            }
            return one.fork();
        }
    }

    /** Going back lands where a prompt ended, or at the beginning; what is computed from there has the same bits. */
    @ParameterizedTest
    @CsvSource({"0", "1", "39", "40", "41", "69", "70", "77", "99", "100"})
    void goingBackLandsWhereAPromptEnded(int length) {
        Transformer transformer = open("tiny-qwen35", "q2_0.gguf");
        int[][] whole = Run.bits(transformer, KvType.F16, TEXT);
        try (CompiledModel model = Run.compile(transformer, KvType.F16);
                Sequence sequence = model.newSequence()) {
            logits(model, sequence, Arrays.copyOf(TEXT, 40));
            logits(model, sequence, Arrays.copyOfRange(TEXT, 40, 70));
            for (int i = 70; i < 100; i++) {
                logits(model, sequence, (TEXT[i] + 1) % 600);
            }
            sequence.truncate(length);
            assertThat(sequence.length()).isEqualTo(length == 100 ? 100 : length >= 70 ? 70 : length >= 40 ? 40 : 0);
            if (length < 100) {
                int from = sequence.length();
                assertThat(logits(model, sequence, Arrays.copyOfRange(TEXT, from, 120)))
                        .isDeepEqualTo(Arrays.copyOfRange(whole, from, 120));
                sequence.truncate(110);
                from = sequence.length();
                assertThat(logits(model, sequence, Arrays.copyOfRange(TEXT, from, 130)))
                        .isDeepEqualTo(Arrays.copyOfRange(whole, from, 130));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"tiny-qwen35, q2_0.gguf"})
    void statesCountAsMemoryAndAreFreed(String folder, String container) {
        Transformer transformer = open(folder, container);
        try (CompiledModel model = Run.compile(transformer, KvType.F16)) {
            long state = transformer.config().delta().stateFloats() * Float.BYTES;
            try (Sequence sequence = model.newSequence()) {
                assertThat(model.kvBytes()).isZero();
                logits(model, sequence, 1, 2);
                assertThat(model.kvBytes()).isEqualTo(state + model.pageBytes());
                assertThat(model.pageBytes()).as("of the layer that attends").isEqualTo(2L * 64 * 128 * 2);
                logits(model, sequence, Arrays.copyOf(TEXT, 20));
                assertThat(model.kvBytes()).isEqualTo(2 * state + model.pageBytes());
            }
            assertThat(model.kvBytes()).isZero();
            assertThat(model.pagePositions()).as("sequences share no pages").isZero();

            model.limitKv(state + model.pageBytes() - 1, () -> false);
            try (Sequence tooMuch = model.newSequence()) {
                assertThatThrownBy(() -> logits(model, tooMuch, 1)).isInstanceOf(OutOfMemoryError.class);
                assertThat(tooMuch.length()).isZero();
            }
            model.limitKv(state + model.pageBytes(), () -> false);
            try (Sequence fits = model.newSequence()) {
                assertThat(logits(model, fits, Arrays.copyOf(TEXT, 30)))
                        .as("without a copy of the state")
                        .isDeepEqualTo(Run.bits(transformer, KvType.F16, Arrays.copyOf(TEXT, 30)));
            }
        }
    }
}
