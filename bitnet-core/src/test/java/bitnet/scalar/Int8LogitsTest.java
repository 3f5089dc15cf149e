package bitnet.scalar;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.HeadType;
import bitnet.KvType;
import bitnet.model.ModelConfig;
import bitnet.model.Transformer;
import bitnet.safetensors.HuggingFaceModel;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import bitnet.spi.Step;
import bitnet.tensor.ElementType;
import bitnet.tensor.Int8Rows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The int8 head against its definition. */
class Int8LogitsTest {
    private final SplittableRandom random = new SplittableRandom(21);

    @Test
    void scoresEveryToken() {
        for (int rows : new int[] {1, 50}) {
            for (int columns : new int[] {1, 31, 300}) {
                check(rows, columns);
            }
        }
    }

    private void check(int rows, int columns) {
        float[] weights = Oracle.normal(random, rows * columns, 0.3);
        Arrays.fill(weights, rows / 2 * columns, (rows / 2 + 1) * columns, 0f);
        MemorySegment data = MemorySegment.ofArray(weights);
        Int8Rows head = Int8Rows.of(ElementType.F32, data, rows, columns, Arena.ofAuto());
        float[][] y = {Oracle.normal(random, columns, 3), new float[columns], Oracle.normal(random, columns, 1e-7)};
        Logits[] targets = {Logits.all(rows), Logits.all(rows), Logits.top(rows + 1)};
        Step step = new Step(3);
        byte[] q = new byte[3 * columns];
        float[] factors = new float[3];
        for (int i = 0; i < 3; i++) {
            step.add(null, i, 0, targets[i]);
            factors[i] = Quantize.row(y[i], 0, columns, q, i * columns);
        }
        Int8Logits.rows(step, head, q, factors, new byte[columns]);
        assertThat(Oracle.bits(targets[0].values())).isEqualTo(Oracle.bits(scores(weights, rows, columns, y[0])));
        assertThat(Oracle.bits(targets[1].values())).isEqualTo(Oracle.bits(scores(weights, rows, columns, y[1])));
        Logits ranked = Logits.top(rows + 1);
        ranked.fill(scores(weights, rows, columns, y[2]));
        assertThat(targets[2].ids()).isEqualTo(ranked.ids());
        assertThat(Oracle.bits(targets[2].values())).isEqualTo(Oracle.bits(ranked.values()));
    }

    /** By docs/numerics.md. */
    static float[] scores(float[] weights, int rows, int columns, float[] y) {
        float[] scores = new float[rows];
        float s = Oracle.factor(y);
        byte[] q = Oracle.codes(y);
        for (int r = 0; r < rows; r++) {
            float max = 0;
            for (int i = 0; i < columns; i++) {
                max = Math.max(max, Math.abs(weights[r * columns + i]));
            }
            boolean zero = max < Math.pow(2, -64);
            float inverse = zero ? 0 : 127 / max;
            float scale = zero ? 0 : max / 127;
            long sum = 0;
            for (int i = 0; i < columns; i++) {
                float scaled = weights[r * columns + i] * inverse;
                sum += (long) Math.clamp(Math.rint((double) scaled), -127, 127) * q[i];
            }
            scores[r] = (float) sum * (scale / s);
        }
        return scores;
    }

    /** The largest sums of the widest rows fit an int. */
    @Test
    void holdsTheLargestSums() {
        int columns = 131_072;
        byte[] a = new byte[columns];
        byte[] q = new byte[columns];
        for (int sign : new int[] {-127, 127}) {
            Arrays.fill(a, (byte) sign);
            Arrays.fill(q, (byte) -128);
            assertThat(Int8Logits.dot(a, q, 0, columns)).isEqualTo(-128L * sign * columns);
        }
    }

    /** A model with this head differs from the one without in the head alone. */
    @Test
    void modelsUseIt() throws Exception {
        try (HuggingFaceModel file = Reference.open("tiny-bitnet")) {
            Transformer transformer = file.transformer();
            ModelConfig config = transformer.config();
            int[] tokens = {5, 99, 200, 3, 5};
            float[] exact = logits(transformer, HeadType.EXACT, tokens);
            float[] int8 = logits(transformer, HeadType.INT8, tokens);
            assertThat(int8).hasSameSizeAs(exact).isNotEqualTo(exact);
            double error = 0;
            double spread = 0;
            for (int i = 0; i < exact.length; i++) {
                error += Math.pow(int8[i] - exact[i], 2);
                spread += Math.pow(exact[i], 2);
            }
            assertThat(Math.sqrt(error / spread)).isBetween(1e-4, 0.02);
            try (CompiledModel model = new ScalarBackend()
                    .compile(transformer, CompileOptions.of(64).withHead(HeadType.INT8))) {
                long codes = (long) config.vocabulary() * (config.hidden() + Float.BYTES);
                try (CompiledModel other = new ScalarBackend().compile(transformer, CompileOptions.of(64))) {
                    assertThat(model.memoryBytes() - other.memoryBytes())
                            .isBetween(codes, codes + 4L * config.hidden());
                }
            }
        }
    }

    private static float[] logits(Transformer transformer, HeadType head, int... tokens) {
        CompileOptions options = CompileOptions.of(64).withHead(head);
        assertThat(options.kvType()).isEqualTo(KvType.F16);
        assertThat(options.cancellation()).isEqualTo(Cancellation.NEVER);
        try (CompiledModel model = new ScalarBackend().compile(transformer, options);
                Sequence sequence = model.newSequence()) {
            return Run.forward(model, sequence, transformer.config().vocabulary(), tokens)
                    .getLast()
                    .values();
        }
    }
}
