package bitnet.family;

import bitnet.model.Attention;
import bitnet.model.Linear;
import bitnet.model.ModelConfig;

/**
 * Makes the description of an attention layer of Qwen3.5. Its query projection has for each head the rows of the query, then those
 * of the gate. Only the first dimensions of a head turn, the first half of them with the second; they are put half a head apart, as
 * RoPE is described, and the others, which do not turn, between them. Scores do not mind the order.
 */
final class HybridAttentionReader {
    private final ModelConfig config;
    private final TensorNames names;
    private final String prefix;
    private final Weights weights;
    private final int[] dimensions;

    HybridAttentionReader(ModelConfig config, Hybrid hybrid, TensorNames names, String prefix, Weights weights) {
        this.config = config;
        this.names = names;
        this.prefix = prefix;
        this.weights = weights;
        dimensions = dimensions(config.headDim(), hybrid.turning());
    }

    /** Which of a stored head's dimensions each dimension is. */
    private static int[] dimensions(int headDim, int turning) {
        int[] stored = new int[headDim];
        int half = headDim / 2;
        int turningHalf = turning / 2;
        for (int i = 0; i < half; i++) {
            boolean turns = i < turningHalf;
            stored[i] = turns ? i : turning + i - turningHalf;
            stored[half + i] = turns ? turningHalf + i : half + i;
        }
        return stored;
    }

    Attention read() {
        int hidden = config.hidden();
        int headDim = config.headDim();
        String query = prefix + names.query();
        String key = prefix + names.key();
        String value = prefix + names.value();
        String output = prefix + names.output();
        int stored = 2 * config.queryWidth();
        return new Attention(
                new Linear(
                        weights.rows(query, stored, hidden, turning(config.heads(), 2 * headDim)),
                        null,
                        weights.rotation(query)),
                new Linear(
                        weights.rows(key, config.kvWidth(), hidden, turning(config.kvHeads(), headDim)),
                        null,
                        weights.rotation(key)),
                new Linear(weights.matrix(value, config.kvWidth(), hidden, false), null, weights.rotation(value)),
                new Attention.HeadNorms(norm(names.queryNorm()), norm(names.keyNorm())),
                null,
                new Linear(weights.rows(query, stored, hidden, gates()), null, weights.rotation(query)),
                new Linear(weights.matrix(output, hidden, config.queryWidth(), false), null, weights.rotation(output)));
    }

    /** The rows of heads that are so many rows apart, each in the order of its dimensions. */
    private int[] turning(int heads, int apart) {
        int[] rows = new int[heads * dimensions.length];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = i / dimensions.length * apart + dimensions[i % dimensions.length];
        }
        return rows;
    }

    /** The second half of the rows of each head. */
    private int[] gates() {
        int headDim = config.headDim();
        int[] rows = new int[config.queryWidth()];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = i / headDim * 2 * headDim + headDim + i % headDim;
        }
        return rows;
    }

    private float[] norm(String name) {
        float[] stored = weights.norm(prefix + name, config.headDim(), names.normsAroundOne());
        float[] norm = new float[stored.length];
        for (int i = 0; i < norm.length; i++) {
            norm[i] = stored[dimensions[i]];
        }
        return norm;
    }
}
