package bitnet.scalar;

/** Rotates queries and keys by position and stores keys and values. */
public final class RopeStore {
    private RopeStore() {}

    /**
     * Rotates one head of {@code 2 * half} dimensions in place.
     *
     * @param table holds the position's {@code half} cosines from {@code row} on, then its sines
     */
    public static void rotate(float[] v, int from, int half, float[] table, int row) {
        for (int i = 0; i < half; i++) {
            float a = v[from + i];
            float b = v[from + half + i];
            float cos = table[row + i];
            float sin = table[row + half + i];
            v[from + i] = Math.fma(a, cos, -(b * sin));
            v[from + half + i] = Math.fma(b, cos, a * sin);
        }
    }

    /** One row: {@code heads} queries, then the cache's number of keys, then as many values, from {@code from} on. */
    static void row(float[] qkv, int from, int heads, RopeTable rope, KvCache cache, int layer, int position) {
        int headDim = cache.headDim();
        int kvHeads = cache.kvHeads();
        float[] table = rope.page(position);
        int row = rope.rowFrom(position);
        for (int head = 0; head < heads + kvHeads; head++) {
            rotate(qkv, from + head * headDim, headDim / 2, table, row);
        }
        int keys = from + heads * headDim;
        int values = keys + kvHeads * headDim;
        for (int head = 0; head < kvHeads; head++) {
            int at = head * headDim;
            cache.store(layer, position, head, qkv, keys + at, values + at);
        }
    }
}
