package bitnet.gguf;

import bitnet.ModelFormatException;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTensor;
import bitnet.tensor.AdjacentPairs;
import bitnet.tensor.GroupBlocks;
import bitnet.tensor.GroupScales;
import bitnet.tensor.ScaledRows;
import bitnet.tensor.TernaryConversion;
import bitnet.tensor.TqRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * A ternary matrix of a GGUF file whose scales belong to groups.
 *
 * @param granularity of the model: scales of larger groups are repeated
 * @param pairedHeadDim dimensions of a head if rows are stored for rotary pairs of adjacent dimensions, else 0
 */
record GroupedTernary(
        GgufFile file, GgufTensor tensor, int rows, int columns, ScaleGranularity granularity, int pairedHeadDim)
        implements TernaryTensor {
    /** Whether a type has scales of groups. */
    static boolean isGrouped(GgufTensor tensor) {
        return switch (tensor.type().orElse(null)) {
            case Q1_0, Q2_0, PQ2_0, PTQ1_0, TQ1_0, TQ2_0 -> true;
            case null, default -> false;
        };
    }

    /** The tensor's blocks, of data that was read. */
    static ScaledRows blocks(GgufTensor tensor, MemorySegment data, int rows, int columns) {
        return switch (tensor.type().orElse(null)) {
            case Q1_0 -> new GroupBlocks(GroupBlocks.Layout.Q1_0, data, rows, columns);
            case Q2_0 -> new GroupBlocks(GroupBlocks.Layout.Q2_0, data, rows, columns);
            case PQ2_0 -> new GroupBlocks(GroupBlocks.Layout.PQ2_0, data, rows, columns);
            case PTQ1_0 -> new GroupBlocks(GroupBlocks.Layout.PTQ1_0, data, rows, columns);
            case TQ1_0 -> TqRows.tq1(data, rows, columns);
            case TQ2_0 -> TqRows.tq2(data, rows, columns);
            case null, default -> throw new IllegalArgumentException(tensor.typeName());
        };
    }

    @Override
    public String name() {
        return tensor.name();
    }

    @Override
    public Packed pack(SegmentAllocator allocator) {
        try (Arena reading = Arena.ofShared()) {
            ScaledRows stored = blocks(tensor, file.data(tensor).load(reading), rows, columns);
            ScaledRows ordered = pairedHeadDim == 0 ? stored : new AdjacentPairs.Scaled(stored, pairedHeadDim);
            MemorySegment codes = TernaryConversion.pack(ordered, allocator);
            MemorySegment scales = GroupScales.of(ordered, granularity.columns(), allocator);
            long row = GroupScales.firstInvalid(scales, rows);
            if (row >= 0) {
                throw new ModelFormatException(
                        file.source(), name(), "row " + row + " has a scale that is not a finite number");
            }
            return new Packed(codes.asReadOnly(), scales.asReadOnly());
        }
    }
}
