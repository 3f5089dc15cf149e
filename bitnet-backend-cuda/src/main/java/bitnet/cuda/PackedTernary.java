package bitnet.cuda;

import bitnet.cuda.gen.bitnet_ternary;
import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * A ternary matrix in the units of {@code bitnet_cuda.h}.
 *
 * @param pairs what rows {@code g} and {@code g + 8} of a tile are to each other
 * @param rows outputs
 * @param columns inputs
 * @param units the codes
 * @param outputs of each row of the tiles
 * @param scales of each row of the tiles
 */
record PackedTernary(
        RowOrder.Pairs pairs,
        int rows,
        int columns,
        int tiles,
        MemorySegment units,
        MemorySegment outputs,
        MemorySegment scales)
        implements Kernels.TernaryMatrix {
    /** Columns of a unit. */
    static final int CHUNK = 128;

    /** Bytes of a unit. */
    static final int UNIT_BYTES = 512;

    int chunks() {
        return Math.ceilDiv(columns, CHUNK);
    }

    /** Bytes of the units of so many tiles. */
    static long unitBytes(int tiles, int columns) {
        return (long) tiles * Math.ceilDiv(columns, CHUNK) * UNIT_BYTES;
    }

    /** Fills in what kernels know it by. */
    void describe(MemorySegment to) {
        bitnet_ternary.units(to, units);
        bitnet_ternary.outputs(to, outputs);
        bitnet_ternary.scales(to, scales);
        bitnet_ternary.tiles(to, tiles);
        bitnet_ternary.chunks(to, chunks());
    }
}
