package bitnet.coreml.export;

import java.util.List;

/**
 * The largest magnitudes that values of a model reached on a prompt, in binary32 and unscaled.
 *
 * @param tokens of the prompt
 * @param residual of the residual stream, from the embedding to the output norm
 * @param layers of each block
 * @param outputNorm of the output norm
 * @param logits of the last token
 */
record Ranges(int tokens, float residual, List<Block> layers, float outputNorm, float logits) {
    /**
     * In one block.
     *
     * @param normed of what goes into a ternary product
     * @param queries before or after rotation
     * @param keys before or after rotation
     * @param scores an upper bound of a query times a key, divided by the root of the head's dimensions
     * @param values of the values, and so of what attention makes of them
     * @param gate of the gate projection
     * @param up of the up projection
     * @param gated of the gated activation
     */
    record Block(
            float normed, float queries, float keys, float scores, float values, float gate, float up, float gated) {
        static final Block NONE = new Block(0, 0, 0, 0, 0, 0, 0, 0);

        Block withNormed(float magnitude) {
            return new Block(larger(normed, magnitude), queries, keys, scores, values, gate, up, gated);
        }

        Block withAttention(float q, float k, float score, float v) {
            return new Block(
                    normed,
                    larger(queries, q),
                    larger(keys, k),
                    larger(scores, score),
                    larger(values, v),
                    gate,
                    up,
                    gated);
        }

        Block withGate(float g, float u, float h) {
            return new Block(normed, queries, keys, scores, values, larger(gate, g), larger(up, u), larger(gated, h));
        }
    }

    /** The larger of the two; NaN if one is. */
    static float larger(float a, float b) {
        return Math.max(a, b);
    }
}
