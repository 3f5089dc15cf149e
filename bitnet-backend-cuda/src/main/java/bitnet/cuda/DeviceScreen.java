package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.BitnetCuda;
import bitnet.cuda.gen.bitnet_screen;
import bitnet.cuda.gen.bitnet_screen_pack;
import bitnet.cuda.gen.bitnet_screen_row;
import bitnet.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/**
 * An int8 copy of a head, from which bounds of each logit follow (docs/numerics.md); made on the device.
 *
 * @param units codes as the kernels have them
 * @param facts of each row
 */
record DeviceScreen(int rows, int columns, MemorySegment units, MemorySegment facts) {
    /** A smaller head is read faster than its bounds are merged, and has fewer groups than the most that are wanted. */
    private static final int FEWEST_ROWS = 16_384;

    private static final int THREADS = 32 * RowOrder.TILE;

    /** Whether a screen of such a head is smaller than the head, and worth its memory. */
    static boolean pays(ElementType type, int rows) {
        return rows >= FEWEST_ROWS && (type == ElementType.F32 || type == ElementType.F16 || type == ElementType.BF16);
    }

    /** What it takes of the device's memory. */
    static long bytes(int rows, int columns) {
        long tiles = Math.ceilDiv(rows, RowOrder.TILE);
        return tiles * steps(columns) * BitnetCuda.BITNET_UNIT_BYTES()
                + tiles * RowOrder.TILE * bitnet_screen_row.sizeof();
    }

    /** Units of a tile. */
    static int steps(int columns) {
        int most = BitnetCuda.BITNET_SCREEN_COLUMNS() * BitnetCuda.BITNET_SCREEN_STEPS();
        return Math.ceilDiv(columns, most) * BitnetCuda.BITNET_SCREEN_STEPS();
    }

    static DeviceScreen of(DeviceTable table, Gpu gpu) {
        int tiles = Math.ceilDiv(table.rows(), RowOrder.TILE);
        long rows = (long) tiles * RowOrder.TILE;
        DeviceScreen screen = new DeviceScreen(
                table.rows(),
                table.columns(),
                gpu.allocate(
                        (long) tiles * steps(table.columns()) * BitnetCuda.BITNET_UNIT_BYTES(), "the screen of a head"),
                gpu.allocate(rows * bitnet_screen_row.sizeof(), "the screen of a head"));
        String kernel = "screen_pack_" + table.type().name().toLowerCase(Locale.ROOT);
        gpu.begin();
        gpu.launch(kernel, new Grid(tiles, 1, 1), THREADS, 0, arena -> {
            MemorySegment argument = bitnet_screen_pack.allocate(arena);
            bitnet_screen_pack.table(argument, table.data());
            screen.describe(bitnet_screen_pack.to(argument));
            bitnet_screen_pack.row_bytes(argument, table.rowBytes());
            bitnet_screen_pack.columns(argument, table.columns());
            bitnet_screen_pack.rows(argument, table.rows());
            return argument;
        });
        return screen;
    }

    /** As part of a kernel's argument. */
    void describe(MemorySegment to) {
        bitnet_screen.units(to, units);
        bitnet_screen.rows(to, facts);
        bitnet_screen.tiles(to, Math.ceilDiv(rows, RowOrder.TILE));
        bitnet_screen.steps(to, steps(columns));
    }
}
