package bitnet.cpu.vector;

import bitnet.KvType;
import bitnet.cpu.FloatRows;
import bitnet.cpu.PagedCache;
import bitnet.model.AttentionScope;
import bitnet.model.ModelConfig;
import bitnet.scalar.Attention;
import bitnet.scalar.RopeStore;
import bitnet.spi.Step;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Rotation, cache and attention, with the contract's order from {@code bitnet.scalar}, whose loops over positions and
 * dimensions the compiler turns into vectors. In a page, layer by layer and head by head: keys as {@code [dimension][position]},
 * then values as {@code [position][dimension]}.
 */
final class VectorAttention {
    private static final int PAGE = PagedCache.PAGE;

    private final int layers;
    private final int heads;
    private final int kvHeads;
    private final int headDim;
    private final KvType kvType;

    VectorAttention(ModelConfig config, KvType kvType) {
        layers = config.attentionLayers();
        heads = config.heads();
        kvHeads = config.kvHeads();
        headDim = config.headDim();
        this.kvType = kvType;
    }

    long pageBytes() {
        return 2L * layers * kvHeads * PAGE * headDim * kvType.bytes();
    }

    AttentionScratch scratch(int positions) {
        return new AttentionScratch(heads, kvHeads, headDim, positions);
    }

    /** The index in a page of a layer's keys for a head; its values follow. */
    private long index(int layer, int kvHead) {
        return 2L * (layer * kvHeads + kvHead) * PAGE * headDim;
    }

    void ropeStore(
            int layer,
            MemorySegment cosines,
            MemorySegment sines,
            Step step,
            int row,
            FloatRows qkv,
            AttentionScratch scratch) {
        int half = headDim / 2;
        int position = step.position(row);
        long table = (long) position * half * Float.BYTES;
        MemorySegment.copy(cosines, ValueLayout.JAVA_FLOAT, table, scratch.rope, 0, half);
        MemorySegment.copy(sines, ValueLayout.JAVA_FLOAT, table, scratch.rope, half, half);
        float[] v = scratch.queries;
        long from = row * qkv.stride() * Float.BYTES;
        MemorySegment.copy(qkv.data(), ValueLayout.JAVA_FLOAT, from, v, 0, (heads + 2 * kvHeads) * headDim);
        for (int head = 0; head < heads + kvHeads; head++) {
            RopeStore.rotate(v, head * headDim, half, scratch.rope, 0);
        }
        MemorySegment.copy(v, 0, qkv.data(), ValueLayout.JAVA_FLOAT, from, (heads + kvHeads) * headDim);
        MemorySegment page = ((PagedCache) step.cache(row)).page(position);
        for (int head = 0; head < kvHeads; head++) {
            long keys = index(layer, head) + position % PAGE;
            long values = index(layer, head) + (long) PAGE * headDim + (long) (position % PAGE) * headDim;
            int key = (heads + head) * headDim;
            int value = (heads + kvHeads + head) * headDim;
            for (int d = 0; d < headDim; d++) {
                set(page, keys + (long) d * PAGE, v[key + d]);
                set(page, values + d, v[value + d]);
            }
        }
    }

    private void set(MemorySegment page, long index, float value) {
        switch (kvType) {
            case F16 -> page.setAtIndex(ValueLayout.JAVA_SHORT, index, Float.floatToFloat16(value));
            case F32 -> page.setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
        }
    }

    private void load(MemorySegment page, long index, int n, float[] out) {
        switch (kvType) {
            case F16 -> {
                MemorySegment from = page.asSlice(index * Short.BYTES, (long) n * Short.BYTES);
                for (int i = 0; i < n; i++) {
                    out[i] = Float.float16ToFloat(from.getAtIndex(ValueLayout.JAVA_SHORT, i));
                }
            }
            case F32 -> MemorySegment.copy(page, ValueLayout.JAVA_FLOAT, index * Float.BYTES, out, 0, n);
        }
    }

    /** Query heads {@code headBegin} to {@code headEnd} of one row. A page is converted once for the heads that share it. */
    void attention(
            int layer,
            AttentionScope scope,
            Step step,
            int row,
            int headBegin,
            int headEnd,
            FloatRows qkv,
            FloatRows out,
            AttentionScratch s) {
        int group = heads / kvHeads;
        int position = step.position(row);
        int chunks = position / PAGE + 1 - scope.first(position) / PAGE;
        MemorySegment.copy(
                qkv.data(), ValueLayout.JAVA_FLOAT, row * qkv.stride() * Float.BYTES, s.queries, 0, heads * headDim);
        for (int first = headBegin; first < headEnd; ) {
            int end = Math.min(headEnd, (first / group + 1) * group);
            sharing(layer, scope, (PagedCache) step.cache(row), position, first, end, s);
            for (int head = first; head < end; head++) {
                int at = (head - first) * chunks;
                Attention.combine(s.maxima, s.sums, s.outputs, at, chunks, headDim, s.out, 0);
                long to = (row * out.stride() + (long) head * headDim) * Float.BYTES;
                MemorySegment.copy(s.out, 0, out.data(), ValueLayout.JAVA_FLOAT, to, headDim);
            }
            first = end;
        }
    }

    private void sharing(
            int layer,
            AttentionScope scope,
            PagedCache cache,
            int position,
            int headBegin,
            int headEnd,
            AttentionScratch s) {
        int seen = scope.first(position);
        int firstChunk = seen / PAGE;
        int chunks = position / PAGE + 1 - firstChunk;
        int kvHead = headBegin / (heads / kvHeads);
        for (int chunk = 0; chunk < chunks; chunk++) {
            int from = (firstChunk + chunk) * PAGE;
            int begin = Math.max(0, seen - from);
            int end = Math.min(PAGE, position + 1 - from);
            MemorySegment page = cache.page(from);
            load(page, index(layer, kvHead), PAGE * headDim, s.keys);
            load(page, index(layer, kvHead) + (long) PAGE * headDim, end * headDim, s.values);
            for (int head = headBegin; head < headEnd; head++) {
                int at = (head - headBegin) * chunks + chunk;
                s.maxima[at] = Attention.scores(
                        s.queries, head * headDim, headDim, s.keys, begin, end, scope.scale(), s.weights);
                Attention.exponentials(s.weights, begin, end, s.maxima[at]);
                Attention.weigh(s.weights, end, s.values, headDim, s.outputs, at * headDim);
                s.sums[at] = Attention.sum(s.weights);
            }
        }
    }
}
