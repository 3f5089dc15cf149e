package bitnet.cpu.vector;

import bitnet.scalar.Attention;

/** What attention computes in: one chunk of keys and values, and the results of all chunks for the heads that share them. */
final class AttentionScratch {
    final float[] keys;
    final float[] values;
    final float[] queries;
    final float[] out;
    final float[] rope;
    final float[] weights = new float[Attention.CHUNK];
    final float[] maxima;
    final float[] sums;
    final float[] outputs;

    AttentionScratch(int heads, int kvHeads, int headDim, int positions) {
        int group = heads / kvHeads;
        int chunks = Math.ceilDiv(positions, Attention.CHUNK);
        keys = new float[Attention.CHUNK * headDim];
        values = new float[Attention.CHUNK * headDim];
        queries = new float[(heads + 2 * kvHeads) * headDim];
        out = new float[headDim];
        rope = new float[headDim];
        maxima = new float[group * chunks];
        sums = new float[group * chunks];
        outputs = new float[Math.multiplyExact(group * chunks, headDim)];
    }
}
