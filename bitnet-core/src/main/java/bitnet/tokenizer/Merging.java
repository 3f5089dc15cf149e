package bitnet.tokenizer;

import java.util.Arrays;

/**
 * Joins neighbouring symbols, best pair first and leftmost among equals, until no pair joins: O(n log n) for n symbols,
 * since every join offers at most two new pairs to the heap. Used again from piece to piece, by one thread.
 */
abstract class Merging {
    /** What {@link #pair} answers for two symbols that do not join. */
    static final long NONE = -1;

    /** Where each symbol starts; {@code start[count]} is the end of the piece. Set by the subclass. */
    int[] start = new int[0];
    /** The token of each symbol, or -1. Set by the subclass. */
    int[] id = new int[0];

    private int[] previous = new int[0];
    private int[] next = new int[0];
    /** For the pair that starts at a symbol: its order, and the token that it becomes or -1. */
    private int[] order = new int[0];

    private int[] joined = new int[0];
    private long[] heap = new long[0];
    private int heapSize;

    /**
     * What two neighbours become.
     *
     * @return the pair's order (signed, lowest first) in the upper half and the token in the lower, or {@link #NONE}
     */
    abstract long pair(int left, int right);

    /** Makes room for a piece of this many symbols. */
    final void reserve(int count) {
        if (count >= start.length) {
            int size = Math.max(32, count + (count >> 1) + 1);
            start = new int[size];
            id = new int[size];
            previous = new int[size];
            next = new int[size];
            order = new int[size];
            joined = new int[size];
            heap = new long[size];
        }
    }

    /** Joins what can be joined. Afterwards the symbols are 0, {@link #after}(0), and so on, up to {@code count}. */
    final void merge(int count) {
        heapSize = 0;
        for (int i = 0; i < count; i++) {
            previous[i] = i - 1;
            next[i] = i + 1;
        }
        for (int i = 0; i < count; i++) {
            offer(i, count);
        }
        while (heapSize > 0) {
            long best = poll();
            int left = (int) best;
            if (joined[left] < 0 || order[left] != (int) (best >> 32)) {
                continue; // one of the two has joined another since
            }
            int right = next[left];
            id[left] = joined[left];
            next[left] = next[right];
            if (next[right] < count) {
                previous[next[right]] = left;
            }
            joined[right] = -1;
            offer(left, count);
            if (left > 0) {
                offer(previous[left], count);
            }
        }
    }

    /** The symbol after one. */
    final int after(int symbol) {
        return next[symbol];
    }

    private void offer(int left, int count) {
        long pair = next[left] < count ? pair(left, next[left]) : NONE;
        joined[left] = (int) pair;
        if (pair != NONE) {
            order[left] = (int) (pair >> 32);
            push((pair & 0xffffffff_00000000L) | left);
        }
    }

    private void push(long entry) {
        if (heapSize == heap.length) {
            heap = Arrays.copyOf(heap, heap.length * 2);
        }
        int at = heapSize++;
        while (at > 0 && heap[(at - 1) >> 1] > entry) {
            heap[at] = heap[(at - 1) >> 1];
            at = (at - 1) >> 1;
        }
        heap[at] = entry;
    }

    private long poll() {
        long best = heap[0];
        long last = heap[--heapSize];
        int at = 0;
        for (int child = 1; child < heapSize; child = 2 * at + 1) {
            if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
                child++;
            }
            if (heap[child] >= last) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = last;
        return best;
    }
}
