package bitnet.scalar;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.KvType;
import bitnet.model.Activation;
import bitnet.model.AttentionScope;
import bitnet.model.ModelConfig;
import bitnet.model.Rope;
import bitnet.model.RopeFrequencies;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@link RopeStore} and {@link Attention} through the cache, against the contract's loops. */
class AttentionTest {
    @ParameterizedTest
    @CsvSource({
        "F32, 4, 2, 64, 1, 1000",
        "F16, 4, 2, 64, 1, 1000",
        "F32, 3, 1, 40, 1, 1000",
        "F16, 3, 3, 6, 1, 1000",
        "F32, 2, 1, 128, 30, 1000",
        "F16, 20, 5, 18, 30, 1000",
        "F32, 4, 2, 64, 1, 1",
        "F16, 4, 2, 64, 1, 20",
        "F32, 4, 2, 64, 9, 64",
        "F16, 4, 2, 64, 1, 67"
    })
    void followsTheContract(KvType kvType, int heads, int kvHeads, int headDim, double sharpness, int window) {
        Model model = new Model(kvType, heads, kvHeads, headDim, window);
        SplittableRandom random = new SplittableRandom(6);
        for (int position = 0; position < 140; position++) {
            float[] row = Oracle.normal(random, model.width(), 1);
            for (int i = 0; i < heads * headDim; i++) {
                row[i] *= (float) sharpness;
            }
            model.store(position, row);
            if (position < 4 || position % 64 < 2 || position % 64 == 63 || position % 31 == 0) {
                assertThat(Oracle.bits(model.attend(position, row)))
                        .as("position " + position)
                        .isEqualTo(Oracle.bits(model.oracle(position, row)));
            }
        }
    }

    /** What a longer text left behind in the page does not count. */
    @Test
    void doesNotSeeWhatLiesAhead() {
        Model model = new Model(KvType.F32, 2, 1, 16, 1000);
        SplittableRandom random = new SplittableRandom(7);
        float[][] rows = new float[70][];
        for (int position = 0; position < 70; position++) {
            rows[position] = Oracle.normal(random, model.width(), 1);
            model.store(position, rows[position]);
        }
        float[] before = model.attend(5, rows[5]);
        float[] loud = new float[model.width()];
        Arrays.fill(loud, 1e30f);
        for (int position = 6; position < 70; position++) {
            model.store(position, loud.clone());
        }
        assertThat(Oracle.bits(model.attend(5, rows[5]))).isEqualTo(Oracle.bits(before));
    }

    @Test
    void equalScoresAverageTheValues() {
        Model model = new Model(KvType.F32, 1, 1, 2, 1000);
        for (int position = 0; position < 128; position++) {
            model.store(position, new float[] {0, 0, 0, 0, position, -1});
        }
        assertThat(model.attend(127, new float[] {0, 0, 0, 0, 0, 0})).containsExactly(63.5f, -1f);
    }

    /** One layer's cache and, beside it, plain arrays of what it should hold. */
    private static final class Model {
        private final KvType kvType;
        private final int heads;
        private final int kvHeads;
        private final int headDim;
        private final RopeTable rope;
        private final AttentionScope scope;
        private final KvCache cache;
        private final Attention attention;
        private final float[][] keys = new float[200][];
        private final float[][] values = new float[200][];

        Model(KvType kvType, int heads, int kvHeads, int headDim, int window) {
            this.kvType = kvType;
            this.heads = heads;
            this.kvHeads = kvHeads;
            this.headDim = headDim;
            float[] frequencies = RopeFrequencies.of(10_000, headDim);
            ModelConfig config = new ModelConfig(
                    "test",
                    "",
                    2,
                    8,
                    8,
                    heads,
                    kvHeads,
                    headDim,
                    8,
                    200,
                    1e-5f,
                    Activation.SILU,
                    new Rope(frequencies));
            rope = new RopeTable(new Rope(frequencies));
            scope = new AttentionScope(
                    new Rope(frequencies), window, AttentionScope.scale(window < 1000 ? 30 : headDim));
            cache = new KvCache(kvHeads, headDim);
            for (int page = 0; page * KvPage.POSITIONS < keys.length; page++) {
                cache.put(page, List.of(KvPage.of(config, kvType)));
            }
            attention = new Attention(heads, kvHeads, headDim);
        }

        int width() {
            return (heads + 2 * kvHeads) * headDim;
        }

        /** Rotates a row and stores it; the row then holds its rotated queries and keys. */
        void store(int position, float[] row) {
            RopeStore.row(row, 0, heads, rope, cache, 1, position);
            keys[position] = rounded(row, heads * headDim);
            values[position] = rounded(row, (heads + kvHeads) * headDim);
        }

        private float[] rounded(float[] row, int from) {
            float[] kept = Arrays.copyOfRange(row, from, from + kvHeads * headDim);
            for (int i = 0; kvType == KvType.F16 && i < kept.length; i++) {
                kept[i] = Float.float16ToFloat(Float.floatToFloat16(kept[i]));
            }
            return kept;
        }

        float[] attend(int position, float[] row) {
            float[] out = new float[heads * headDim];
            attention.row(cache, 1, position, scope, row, 0, out, 0);
            return out;
        }

        float[] oracle(int position, float[] row) {
            float[] out = new float[heads * headDim];
            for (int head = 0; head < heads; head++) {
                head(position, row, head, head / (heads / kvHeads) * headDim, out);
            }
            return out;
        }

        private void head(int t, float[] q, int head, int kv, float[] out) {
            int chunks = t / 64 + 1;
            int first = Math.max(0, t - scope.window() + 1);
            float[] m = new float[chunks];
            Arrays.fill(m, Float.NEGATIVE_INFINITY);
            float[] l = new float[chunks];
            float[][] o = new float[chunks][headDim];
            for (int c = first / 64; c < chunks; c++) {
                int begin = Math.max(0, first - 64 * c);
                int count = Math.min(64, t + 1 - 64 * c);
                float[] score = new float[count];
                for (int j = begin; j < count; j++) {
                    float chain = 0;
                    for (int d = 0; d < headDim; d++) {
                        chain = Math.fma(q[head * headDim + d], keys[64 * c + j][kv + d], chain);
                    }
                    score[j] = chain * scope.scale();
                    m[c] = Math.max(m[c], score[j]);
                }
                float[] p = new float[64];
                for (int j = begin; j < count; j++) {
                    p[j] = Oracle.expn(score[j] - m[c]);
                    for (int d = 0; d < headDim; d++) {
                        o[c][d] = Math.fma(p[j], values[64 * c + j][kv + d], o[c][d]);
                    }
                }
                for (int stride : new int[] {32, 16, 8, 4, 2, 1}) {
                    for (int i = 0; i < stride; i++) {
                        p[i] = p[i] + p[i + stride];
                    }
                }
                l[c] = p[0];
            }
            float max = Float.NEGATIVE_INFINITY;
            for (float each : m) {
                max = Math.max(max, each);
            }
            float sum = 0;
            float[] total = new float[headDim];
            for (int c = first / 64; c < chunks; c++) {
                float e = Oracle.expn(m[c] - max);
                sum = Math.fma(l[c], e, sum);
                for (int d = 0; d < headDim; d++) {
                    total[d] = Math.fma(o[c][d], e, total[d]);
                }
            }
            for (int d = 0; d < headDim; d++) {
                out[head * headDim + d] = total[d] / sum;
            }
        }
    }
}
