package bitnet.cuda;

import bitnet.cuda.gen.bitnet_entry;
import bitnet.spi.KvMemory;
import bitnet.spi.Step;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/** Tokens, positions and caches of a step, on the device: what a replayed graph reads anew each time. */
final class StepEntries {
    /** Shorter runs are computed row by row, with more blocks for each. */
    private static final int SHORTEST_RUN = 4;

    private final MemorySegment pinned;
    private final MemorySegment device;
    private final int mostRunRows;
    private final boolean recurrent;
    /** Of each sequence of a step. */
    private final Map<KvMemory.Cache, Integer> lastRows = new HashMap<>();

    /**
     * @param mostRunRows rows that a block of attention takes at once; 0 if it takes rows one by one only
     * @param recurrent whether sequences have states
     */
    StepEntries(Gpu gpu, int maxRows, int mostRunRows, boolean recurrent) {
        this.mostRunRows = mostRunRows;
        this.recurrent = recurrent;
        long bytes = maxRows * bitnet_entry.sizeof();
        pinned = gpu.memory().pinned(bytes);
        device = gpu.allocate(bytes, "the tokens of a step");
    }

    MemorySegment device() {
        return device;
    }

    /** The entries from {@code first} on. */
    MemorySegment from(int first) {
        return device.asSlice(first * bitnet_entry.sizeof());
    }

    /** Takes a step. */
    StepShape fill(Step step) {
        int chunks = 1;
        for (int row = 0; row < step.rows(); row++) {
            MemorySegment entry = bitnet_entry.asSlice(pinned, row);
            PagedCache cache = (PagedCache) step.cache(row);
            bitnet_entry.pages(entry, cache.table());
            bitnet_entry.state(entry, cache.state());
            bitnet_entry.position(entry, step.position(row));
            bitnet_entry.token(entry, step.token(row));
            chunks = Math.max(chunks, step.position(row) / CacheShape.PAGE + 1);
        }
        for (int i = 0; i < step.outputs(); i++) {
            bitnet_entry.output(bitnet_entry.asSlice(pinned, i), step.outputRow(i));
        }
        int sequences = recurrent ? fillSequences(step) : 0;
        int longest = longestRun(step);
        boolean inRuns = mostRunRows > 1 && longest >= SHORTEST_RUN;
        int runs = inRuns ? fillRuns(step) : step.rows();
        int rounded = Integer.highestOneBit(2 * chunks - 1);
        boolean settled = longest <= 1 && distinctCaches(step);
        return new StepShape(
                step.rows(), step.outputs(), runs, inRuns, sequences, rounded, TopLogits.wanted(step), settled, false);
    }

    /** Tells each row of a sequence which one comes next, and which rows are first. */
    private int fillSequences(Step step) {
        lastRows.clear();
        for (int row = 0; row < step.rows(); row++) {
            MemorySegment entry = bitnet_entry.asSlice(pinned, row);
            Integer last = lastRows.put(step.cache(row), row);
            if (last == null) {
                bitnet_entry.sequence_first(bitnet_entry.asSlice(pinned, lastRows.size() - 1), row);
            } else {
                bitnet_entry.next(bitnet_entry.asSlice(pinned, last), row);
            }
            bitnet_entry.next(entry, -1);
        }
        return lastRows.size();
    }

    /** Copies the entries of such a step to the device; part of its graph. */
    void upload(Gpu gpu, StepShape shape) {
        gpu.stream().upload(pinned.asSlice(0, shape.rows() * bitnet_entry.sizeof()), device);
    }

    private static int longestRun(Step step) {
        int longest = 0;
        int length = 0;
        for (int row = 0; row < step.rows(); row++) {
            length = continues(step, row) ? length + 1 : 1;
            longest = Math.max(longest, length);
        }
        return longest;
    }

    /** Whether a row is the token behind that of the row before, in the same sequence. */
    private static boolean continues(Step step, int row) {
        return row > 0
                && step.cache(row).equals(step.cache(row - 1))
                && step.position(row) == step.position(row - 1) + 1;
    }

    private int fillRuns(Step step) {
        int runs = 0;
        for (int row = 0; row < step.rows(); ) {
            int rows = 1;
            while (rows < mostRunRows && row + rows < step.rows() && continues(step, row + rows)) {
                rows++;
            }
            MemorySegment entry = bitnet_entry.asSlice(pinned, runs++);
            bitnet_entry.run_first(entry, row);
            bitnet_entry.run_rows(entry, rows);
            row += rows;
        }
        return runs;
    }

    /** Few rows have few caches to compare; of many it does not matter. */
    private static boolean distinctCaches(Step step) {
        if (step.rows() > TernaryMatmul.FEW_TOKENS) {
            return false;
        }
        for (int row = 1; row < step.rows(); row++) {
            KvMemory.Cache cache = step.cache(row);
            for (int other = 0; other < row; other++) {
                if (step.cache(other).equals(cache)) {
                    return false;
                }
            }
        }
        return true;
    }
}
