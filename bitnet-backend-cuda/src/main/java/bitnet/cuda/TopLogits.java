package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.BitnetCuda;
import bitnet.cuda.gen.bitnet_candidates;
import bitnet.cuda.gen.bitnet_logits;
import bitnet.cuda.gen.bitnet_top;
import bitnet.cuda.gen.bitnet_top_choose;
import bitnet.spi.Logits;
import bitnet.spi.Step;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The few logits of each output that can be among its best, chosen on the device: a few KB in place of half a MB for a
 * vocabulary of 128k.
 *
 * @param maxima of groups of tokens
 * @param thresholds of each output
 * @param candidates of each output, on the device
 * @param chosen of those, written by the device into the host's memory, which takes less time than a copy
 */
record TopLogits(MemorySegment maxima, MemorySegment thresholds, MemorySegment candidates, MemorySegment chosen) {
    private static final int THREADS = 512;
    /** Blocks of a processor that read what all outputs have. */
    private static final int BLOCKS_OF_A_PROCESSOR = 4;

    private static final int CANDIDATES = BitnetCuda.BITNET_TOP_LONGER_ROOM();
    private static final int CHOSEN = BitnetCuda.BITNET_TOP_ROOM();
    /** Steps that want 1, up to 64 or up to 256 of the best have graphs of their own. */
    private static final int[] SIZES = {1, 64, BitnetCuda.BITNET_TOP_MOST()};

    static TopLogits allocate(Gpu gpu, int outputs) {
        return new TopLogits(
                gpu.allocate((long) outputs * BitnetCuda.BITNET_TOP_GROUPS() * Integer.BYTES, "the best logits"),
                gpu.allocate((long) outputs * Integer.BYTES, "the best logits"),
                gpu.allocate(outputs * listBytes(CANDIDATES), "the best logits"),
                gpu.memory().pinned(outputs * listBytes(CHOSEN)));
    }

    private static long listBytes(int room) {
        return Integer.BYTES * (1 + 2L * room);
    }

    /** What to choose for all outputs of a step: at least as many as any of them wants; 0 if that is not done. */
    static int wanted(Step step) {
        int most = 0;
        for (int i = 0; i < step.outputs(); i++) {
            int top = step.target(i).top();
            most = top == 0 ? Integer.MAX_VALUE : Math.max(most, top);
        }
        for (int size : SIZES) {
            if (most > 0 && most <= size) {
                return size;
            }
        }
        return 0;
    }

    /** Blocks (some of the rows, output). */
    static Grid overRows(Gpu gpu, int rows, int outputs) {
        int most = gpu.device().multiprocessors() * BLOCKS_OF_A_PROCESSOR / outputs;
        return new Grid(Math.clamp(Math.ceilDiv(rows, THREADS), 1, Math.max(1, most)), outputs, 1);
    }

    /** As part of a kernel's argument, from an output on. */
    void describe(MemorySegment to, int from, int outputs, int groups, int wanted) {
        bitnet_top.maxima(to, maxima.asSlice((long) from * groups * Integer.BYTES));
        // One output's is found by every block of the next kernel sooner than by a kernel of its own.
        bitnet_top.thresholds(to, outputs == 1 ? MemorySegment.NULL : thresholds.asSlice((long) from * Integer.BYTES));
        describe(bitnet_top.candidates(to), candidates.asSlice(from * listBytes(CANDIDATES)), CANDIDATES);
        bitnet_top.groups(to, groups);
        bitnet_top.wanted(to, wanted);
    }

    private static void describe(MemorySegment to, MemorySegment lists, int room) {
        bitnet_candidates.lists(to, lists);
        bitnet_candidates.room(to, room);
    }

    /** What candidates reach, where there are several outputs. */
    void findThresholds(Gpu gpu, int from, int outputs, int groups, int wanted) {
        if (outputs > 1) {
            gpu.launch("top_threshold", new Grid(outputs, 1, 1), THREADS, 0, arena -> {
                MemorySegment argument = bitnet_top.allocate(arena);
                describe(argument, from, outputs, groups, wanted);
                return argument;
            });
        }
    }

    /** Candidates of logits that are all there. */
    void collect(Gpu gpu, LogitsRoom room, int outputs, int groups, int wanted) {
        findThresholds(gpu, 0, outputs, groups, wanted);
        gpu.launch("top_collect", overRows(gpu, room.vocabulary(), outputs), THREADS, 0, arena -> {
            MemorySegment argument = bitnet_logits.allocate(arena);
            bitnet_logits.logits(argument, room.from(0));
            bitnet_logits.rows(argument, room.vocabulary());
            bitnet_logits.outputs(argument, outputs);
            describe(bitnet_logits.top(argument), 0, outputs, groups, wanted);
            return argument;
        });
    }

    /** Brings the best of the candidates to the host, from best to worst. */
    void choose(Gpu gpu, int wanted, int outputs) {
        gpu.launch("top_choose", new Grid(outputs, 1, 1), THREADS, 0, arena -> {
            MemorySegment argument = bitnet_top_choose.allocate(arena);
            describe(bitnet_top_choose.from(argument), candidates, CANDIDATES);
            describe(bitnet_top_choose.to(argument), chosen, CHOSEN);
            bitnet_top_choose.wanted(argument, wanted);
            return argument;
        });
    }

    /** Gives the best of output {@code i} to the caller, unless there were too many to keep. */
    boolean deliver(int i, Logits target) {
        MemorySegment list = chosen.asSlice(i * listBytes(CHOSEN), listBytes(CHOSEN));
        int count = list.getAtIndex(ValueLayout.JAVA_INT, 0);
        if (count > CHOSEN) {
            return false;
        }
        int taken = Math.min(count, target.top());
        target.reset();
        MemorySegment.copy(list, ValueLayout.JAVA_INT, Integer.BYTES, target.ids(), 0, taken);
        MemorySegment.copy(list, ValueLayout.JAVA_FLOAT, Integer.BYTES * (1L + CHOSEN), target.values(), 0, taken);
        return true;
    }
}
