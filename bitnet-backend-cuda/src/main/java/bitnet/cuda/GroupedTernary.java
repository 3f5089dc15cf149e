package bitnet.cuda;

import bitnet.cuda.gen.BitnetCuda;
import bitnet.cuda.gen.bitnet_grouped;
import bitnet.model.ScaleGranularity;
import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * A ternary matrix with scales of groups in the units of {@code bitnet_cuda.h}; or a ternary table, whose rows lie in order.
 *
 * @param pairs what rows {@code g} and {@code g + 8} of a tile are to each other
 * @param granularity of the scales
 * @param rows outputs
 * @param columns inputs
 * @param units the codes and the scales
 * @param outputs of each row of the tiles
 */
record GroupedTernary(
        RowOrder.Pairs pairs,
        ScaleGranularity granularity,
        int rows,
        int columns,
        int tiles,
        MemorySegment units,
        MemorySegment outputs)
        implements Kernels.TernaryMatrix, Kernels.Embedding {
    int chunks() {
        return Math.ceilDiv(columns, PackedTernary.CHUNK);
    }

    /** Bytes of a unit. */
    int unitBytes() {
        return unitBytes(granularity);
    }

    private static int unitBytes(ScaleGranularity granularity) {
        return PackedTernary.UNIT_BYTES + halves(granularity) * BitnetCuda.BITNET_SCALE_BYTES();
    }

    private static int halves(ScaleGranularity granularity) {
        return granularity == ScaleGranularity.GROUP_64 ? 2 : 1;
    }

    /** Bytes of the units of so many rows. */
    static long bytes(int rows, int columns, ScaleGranularity granularity) {
        long tiles = Math.ceilDiv(rows, RowOrder.TILE);
        return tiles * Math.ceilDiv(columns, PackedTernary.CHUNK) * unitBytes(granularity);
    }

    /** A kernel for matrices of its granularity. */
    String kernel(String name) {
        return name + "_" + granularity.columns();
    }

    /** Fills in what kernels know it by. */
    void describe(MemorySegment to) {
        bitnet_grouped.units(to, units);
        bitnet_grouped.outputs(to, outputs);
        bitnet_grouped.tiles(to, tiles);
        bitnet_grouped.chunks(to, chunks());
        bitnet_grouped.halves(to, halves(granularity));
    }
}
