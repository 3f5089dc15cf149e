package bitnet.scalar;

import bitnet.spi.KvMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The keys and values of one sequence. */
final class KvCache implements KvMemory.Cache {
    private static final int PAGE = KvPage.POSITIONS;

    private final int kvHeads;
    private final int headDim;
    private final List<KvPage> pages = new ArrayList<>();
    private @Nullable DeltaState state;

    KvCache(int kvHeads, int headDim) {
        this.kvHeads = kvHeads;
        this.headDim = headDim;
    }

    int kvHeads() {
        return kvHeads;
    }

    int headDim() {
        return headDim;
    }

    @Override
    public void put(int from, List<? extends KvMemory.Page> more) {
        for (int i = 0; i < more.size(); i++) {
            KvPage page = (KvPage) more.get(i);
            if (from + i == pages.size()) {
                pages.add(page);
            } else {
                pages.set(from + i, page);
            }
        }
    }

    @Override
    public void put(KvMemory.State newState) {
        state = (DeltaState) newState;
    }

    /** What there is beside pages. */
    DeltaState state() {
        return Objects.requireNonNull(state);
    }

    /** Stores the key and the value of one head at a position. */
    void store(int layer, int position, int head, float[] data, int key, int value) {
        LayerPage page = pages.get(position / PAGE).layers()[layer];
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
        pages.get(page).layers()[layer].load(keysFrom(head), PAGE * headDim, out);
    }

    /** The values of the first {@code positions} positions of a page: row {@code j} is that position's value. */
    void loadValues(int layer, int page, int head, int positions, float[] out) {
        pages.get(page).layers()[layer].load(valuesFrom(head), positions * headDim, out);
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
