package bitnet.scalar;

import bitnet.KvType;
import bitnet.model.ModelConfig;
import bitnet.spi.Kernels;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys and values of one sequence. A page holds {@value #PAGE} positions of a layer, head by head: the keys with
 * positions next to each other, then the values with dimensions next to each other, as attention runs over them.
 */
final class KvCache implements Kernels.Cache {
    /** Positions of a page, which is also the chunk of the softmax. */
    static final int PAGE = 64;

    private final KvType type;
    private final int layers;
    private final int kvHeads;
    private final int headDim;
    /** Page {@code p} of layer {@code l} at {@code p * layers + l}. */
    private final List<KvPage> pages = new ArrayList<>();

    KvCache(ModelConfig config, KvType type) {
        this.type = type;
        layers = config.layers();
        kvHeads = config.kvHeads();
        headDim = config.headDim();
    }

    int kvHeads() {
        return kvHeads;
    }

    int headDim() {
        return headDim;
    }

    @Override
    public void reserve(int positions) {
        int needed = Math.multiplyExact(Math.ceilDiv(positions, PAGE), layers);
        while (pages.size() < needed) {
            pages.add(KvPage.of(type, 2 * kvHeads * headDim * PAGE));
        }
    }

    @Override
    public void copyFrom(Kernels.Cache other, int positions) {
        KvCache source = (KvCache) other;
        reserve(positions);
        int copied = Math.ceilDiv(positions, PAGE) * layers;
        for (int i = 0; i < copied; i++) {
            pages.set(i, source.pages.get(i).copy());
        }
    }

    /** Stores the key and the value of one head at a position. */
    void store(int layer, int position, int head, float[] data, int key, int value) {
        KvPage page = pages.get(position / PAGE * layers + layer);
        int slot = position % PAGE;
        int keys = keysFrom(head);
        int values = valuesFrom(head) + slot * headDim;
        for (int d = 0; d < headDim; d++) {
            page.set(keys + d * PAGE + slot, data[key + d]);
            page.set(values + d, data[value + d]);
        }
    }

    /** The keys of one head in a page: row {@code d} has that dimension of all positions. */
    void loadKeys(int layer, int page, int head, float[] out) {
        pages.get(page * layers + layer).load(keysFrom(head), PAGE * headDim, out);
    }

    /** The values of the first {@code positions} positions of a page: row {@code j} is that position's value. */
    void loadValues(int layer, int page, int head, int positions, float[] out) {
        pages.get(page * layers + layer).load(valuesFrom(head), positions * headDim, out);
    }

    private int keysFrom(int head) {
        return head * 2 * PAGE * headDim;
    }

    private int valuesFrom(int head) {
        return keysFrom(head) + PAGE * headDim;
    }

    @Override
    public void close() {
        pages.clear();
    }
}
