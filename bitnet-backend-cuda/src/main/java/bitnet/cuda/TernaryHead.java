package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_logits;
import java.lang.foreign.MemorySegment;

/**
 * A ternary head on the device: all logits of some outputs are a product of wide activations.
 *
 * @param w rows of the table
 * @param q codes of as many outputs as there is room for
 */
record TernaryHead(GroupedTernary w, WideCodes q) {
    private static final int THREADS = 512;

    /** Computes all logits of rows of {@code y} from {@code first} on, into the room's first outputs. */
    void launch(Gpu gpu, LogitsRoom room, DeviceRows y, int first, int count) {
        DeviceRows from = new DeviceRows(y.from(first), y.columns());
        DeviceRows to = new DeviceRows(room.device(), room.vocabulary());
        WideQuantize quantize = new WideQuantize(from, null, q, 0f);
        GroupedMatmul product = new GroupedMatmul(w, q, to, TernaryMatmul.Then.STORE);
        GroupedMatmul one = count == 1 ? product.with(quantize, gpu) : null;
        if (one == null) {
            quantize.launch(gpu, count, new KernelArgument());
        }
        (one == null ? product : one).launch(gpu, count, new KernelArgument());
    }

    /** Maxima of groups of logits that are there. */
    static void findMaxima(Gpu gpu, LogitsRoom room, int outputs, int wanted) {
        gpu.launch("top_maxima", grid(gpu, room, outputs), THREADS, 0, arena -> {
            MemorySegment argument = bitnet_logits.allocate(arena);
            bitnet_logits.logits(argument, room.from(0));
            bitnet_logits.rows(argument, room.vocabulary());
            bitnet_logits.outputs(argument, outputs);
            room.top().describe(bitnet_logits.top(argument), 0, outputs, groups(gpu, room, outputs), wanted);
            return argument;
        });
    }

    /** Groups of an output. */
    static int groups(Gpu gpu, LogitsRoom room, int outputs) {
        return grid(gpu, room, outputs).x() * (THREADS / 32);
    }

    /** Blocks (some of the tokens, output), each output with groups for as many of the best as are chosen. */
    private static Grid grid(Gpu gpu, LogitsRoom room, int outputs) {
        int most = Math.max(32, 2 * gpu.device().multiprocessors() / outputs);
        return new Grid(Math.clamp(Math.ceilDiv(room.vocabulary(), THREADS), 1, Math.min(most, 512)), outputs, 1);
    }
}
