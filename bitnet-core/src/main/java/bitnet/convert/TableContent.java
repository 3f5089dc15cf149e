package bitnet.convert;

import bitnet.ModelFormatException;
import bitnet.gguf.GgufWriter;
import bitnet.model.FloatTable;
import bitnet.tensor.Dequantize;
import bitnet.tensor.ElementType;
import bitnet.tensor.Quantize;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/** A float table as it is or rewritten in another type, some rows at a time, on all cores. */
final class TableContent {
    /** Bytes in memory at once. */
    private static final int PART_BYTES = 1 << 23;

    private TableContent() {}

    static void write(String source, FloatTable table, ElementType type, GgufWriter.Output output) throws IOException {
        long rowBytes = type.rowBytes(table.columns());
        int partRows = Math.clamp(PART_BYTES / rowBytes, 1, table.rows());
        try (Arena arena = Arena.ofShared()) {
            MemorySegment part = arena.allocate(partRows * rowBytes, 64);
            MemorySegment buffer = arena.allocate(partRows * table.type().rowBytes(table.columns()), 64);
            for (int from = 0; from < table.rows(); from += partRows) {
                int first = from;
                int count = Math.min(partRows, table.rows() - from);
                MemorySegment stored =
                        table.part(from, count).data().load((bytes, alignment) -> buffer.asSlice(0, bytes));
                if (type == table.type()) {
                    output.write(stored);
                    continue;
                }
                int broken = IntStream.range(0, count)
                        .parallel()
                        .filter(row -> !row(table, stored, row, type, part, row * rowBytes))
                        .min()
                        .orElse(-1);
                if (broken >= 0) {
                    throw new ModelFormatException(
                            source,
                            table.name(),
                            "row " + (first + broken) + " has an element that is not a finite " + type);
                }
                output.write(part.asSlice(0, count * rowBytes));
            }
        }
    }

    /** Whether all elements are finite in the new type too. */
    private static boolean row(
            FloatTable table, MemorySegment stored, int row, ElementType type, MemorySegment out, long offset) {
        float[] values = new float[table.columns()];
        long at = row * table.type().rowBytes(table.columns());
        Dequantize.row(table.type(), stored, at, values.length, values);
        if (!isFinite(values)) {
            return false;
        }
        Quantize.row(type, values, out, offset);
        Dequantize.row(type, out, offset, values.length, values);
        return isFinite(values);
    }

    private static boolean isFinite(float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }
}
