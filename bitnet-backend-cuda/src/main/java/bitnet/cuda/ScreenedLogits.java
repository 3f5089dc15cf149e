package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_logits;
import bitnet.cuda.gen.bitnet_screen_bounds;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/**
 * The best logits to the bit, from the screen of a head: bounds of all, then those rows that can still be among the best. Or
 * the logits of an int8 head, which the same product gives. All outputs of a step share one pass over the codes, as far as a
 * block's shared memory holds them.
 */
final class ScreenedLogits {
    private static final int THREADS = 512;
    /** At least as many warps as the most that are wanted. */
    private static final int FEWEST_BLOCKS = 16;

    private static final int MOST_BLOCKS = 512;
    /** Kernels for as many outputs. */
    private static final int[] SIZES = {4, 8, 16, 32};

    private ScreenedLogits() {}

    /** Whether a block of the device has room for the input of such a head. */
    static boolean fits(Gpu gpu, int columns) {
        return ScreenInput.sharedBytes(columns, SIZES[0]) <= gpu.mostShared();
    }

    /**
     * Candidates for the best logits of {@code count} rows of y from {@code first} on, whose input is there; of an int8 head
     * all logits, and candidates unless {@code wanted} is 0.
     */
    static void launch(Gpu gpu, LogitsRoom room, DeviceHead head, DeviceRows y, int first, int count, int wanted) {
        int most = 0;
        for (int size : SIZES) {
            most = ScreenInput.sharedBytes(y.columns(), size) <= gpu.mostShared() ? size : most;
        }
        for (int from = 0; from < count; from += most) {
            int outputs = Math.min(most, count - from);
            multiply(gpu, room, head, from, outputs, wanted);
            if (wanted > 0 && head.table() != null) {
                rescore(gpu, room, head.exact(), y.from(first + from), from, outputs, wanted);
            }
        }
        if (wanted > 0 && head.table() == null) {
            room.top().collect(gpu, room, count, groups(gpu), wanted);
        }
    }

    private static int blocks(Gpu gpu) {
        return Math.clamp(gpu.device().multiprocessors(), FEWEST_BLOCKS, MOST_BLOCKS);
    }

    private static int groups(Gpu gpu) {
        return blocks(gpu) * (THREADS / 32);
    }

    private static void multiply(Gpu gpu, LogitsRoom room, DeviceHead head, int from, int outputs, int wanted) {
        DeviceScreen screen = head.codes();
        boolean int8 = head.table() == null;
        int size = SIZES[0];
        for (int i = 0; size < outputs; i++) {
            size = SIZES[i + 1];
        }
        int shared = ScreenInput.sharedBytes(screen.columns(), size);
        String kernel = (int8 ? "int8_logits_" : "screen_bounds_") + size;
        gpu.launch(kernel, new Grid(blocks(gpu), 1, 1), THREADS, shared, arena -> {
            MemorySegment argument = bitnet_screen_bounds.allocate(arena);
            screen.describe(bitnet_screen_bounds.screen(argument));
            room.input().describe(bitnet_screen_bounds.input(argument), from, int8);
            bitnet_screen_bounds.upper(argument, room.from(from));
            if (wanted > 0) {
                room.top().describe(bitnet_screen_bounds.top(argument), from, outputs, groups(gpu), wanted);
            }
            bitnet_screen_bounds.rows(argument, screen.rows());
            bitnet_screen_bounds.outputs(argument, outputs);
            return argument;
        });
    }

    private static void rescore(
            Gpu gpu, LogitsRoom room, DeviceTable table, MemorySegment y, int from, int outputs, int wanted) {
        room.top().findThresholds(gpu, from, outputs, groups(gpu), wanted);
        String kernel = "screen_rescore_" + table.type().name().toLowerCase(Locale.ROOT);
        int shared = LogitsOfRows.sharedBytes(table.columns(), 1);
        gpu.launch(kernel, TopLogits.overRows(gpu, table.rows(), outputs), THREADS, shared, arena -> {
            MemorySegment argument = bitnet_logits.allocate(arena);
            LogitsOfRows.describe(argument, table, y, room.from(from), outputs);
            room.top().describe(bitnet_logits.top(argument), from, outputs, groups(gpu), wanted);
            return argument;
        });
    }
}
