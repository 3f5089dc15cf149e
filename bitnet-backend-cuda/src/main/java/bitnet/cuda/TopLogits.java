package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.BitnetCuda;
import bitnet.cuda.gen.bitnet_candidates;
import bitnet.cuda.gen.bitnet_top;
import bitnet.spi.Logits;
import bitnet.spi.Step;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The few logits of each output that can be among its best, chosen on the device: a few KB in place of half a MB for a
 * vocabulary of 128k.
 *
 * @param vocabulary logits of an output
 * @param maxima of groups
 * @param candidates of each output on the device
 * @param pinned the same on the host
 */
record TopLogits(int vocabulary, MemorySegment maxima, MemorySegment candidates, MemorySegment pinned) {
    private static final int THREADS = 256;
    /** Steps that want 1, up to 64 or up to 256 of the best have graphs of their own. */
    private static final int[] SIZES = {1, 64, BitnetCuda.BITNET_TOP_GROUPS()};

    static TopLogits allocate(Gpu gpu, int vocabulary, int outputs) {
        long bytes = outputs * bitnet_candidates.sizeof();
        return new TopLogits(
                vocabulary,
                gpu.allocate((long) outputs * BitnetCuda.BITNET_TOP_GROUPS() * Integer.BYTES, "the best logits"),
                gpu.allocate(bytes, "the best logits"),
                gpu.memory().pinned(bytes));
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

    void launch(Gpu gpu, MemorySegment logits, int wanted, int outputs) {
        Grid blocks = new Grid(BitnetCuda.BITNET_TOP_GROUPS(), outputs, 1);
        for (String kernel : new String[] {"top_maxima", "top_collect"}) {
            gpu.launch(kernel, blocks, THREADS, 0, arena -> {
                MemorySegment argument = bitnet_top.allocate(arena);
                bitnet_top.logits(argument, logits);
                bitnet_top.maxima(argument, maxima);
                bitnet_top.candidates(argument, candidates);
                bitnet_top.rows(argument, vocabulary);
                bitnet_top.wanted(argument, wanted);
                return argument;
            });
        }
        gpu.stream().download(candidates.asSlice(0, outputs * bitnet_candidates.sizeof()), pinned);
    }

    /** Gives the best of output {@code i} to the caller, unless there were too many equal ones to keep. */
    boolean deliver(int i, Logits target) {
        MemorySegment found = bitnet_candidates.asSlice(pinned, i);
        int count = bitnet_candidates.count(found);
        if (count > BitnetCuda.BITNET_TOP_ROOM()) {
            return false;
        }
        MemorySegment ids = bitnet_candidates.ids(found);
        MemorySegment values = bitnet_candidates.values(found);
        // They come in any order, and are offered by ascending id.
        long[] inOrder = new long[count];
        for (int at = 0; at < count; at++) {
            inOrder[at] = (long) ids.getAtIndex(ValueLayout.JAVA_INT, at) << 32 | at;
        }
        Arrays.sort(inOrder);
        target.reset();
        for (long entry : inOrder) {
            long at = entry & 0xffff_ffffL;
            target.offer((int) (entry >>> 32), values.getAtIndex(ValueLayout.JAVA_FLOAT, at));
        }
        return true;
    }
}
