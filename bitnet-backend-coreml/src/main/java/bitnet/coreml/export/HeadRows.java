package bitnet.coreml.export;

import bitnet.ModelUnsupportedException;
import bitnet.coreml.artifact.HeadType;
import bitnet.coreml.mil.DataType;
import bitnet.coreml.mil.Literal;
import bitnet.coreml.mil.Operations;
import bitnet.coreml.mil.TensorType;
import bitnet.coreml.mil.Var;
import bitnet.coreml.mlpackage.WeightFile;
import bitnet.model.FloatTable;
import bitnet.tensor.Dequantize;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Rows of a head, rounded to F16 and then to a palette. */
final class HeadRows {
    private final FloatTable table;
    private final int from;
    private final int count;
    private final float[] row;
    private final MemorySegment data;

    /**
     * Some rows.
     *
     * @param from the first
     * @param count how many
     */
    HeadRows(FloatTable table, int from, int count) {
        this.table = table;
        this.from = from;
        this.count = count;
        this.row = new float[table.columns()];
        this.data = table.part(from, count).data().load(Arena.ofAuto());
    }

    /** Writes them and appends the constant that they become, {@code (count, width, 1, 1)}. */
    Var write(HeadType type, WeightFile file, Operations operations, HeadError error) throws IOException {
        String name = "head_" + from;
        if (type == HeadType.FP16) {
            Literal.Stored rows = file.add(
                    shape(DataType.FLOAT16),
                    sink -> eachRow(2 * row.length, sink, (bytes) -> {
                        for (float weight : row) {
                            bytes.putShort(Float.floatToFloat16(weight));
                        }
                    }));
            return operations.constant(name, rows);
        }
        int bits = type == HeadType.LUT6 ? 6 : 8;
        Palette palette = new Palette(counts(), 1 << bits);
        error.add(palette);
        Literal.Stored values =
                file.addHalves(TensorType.of(DataType.FLOAT16, 1, 1, 1, 1, 1 << bits, 1), palette.values());
        Literal.Stored indices = type == HeadType.LUT6 ? sixBits(file, palette) : eightBits(file, palette);
        return operations.lookUp(name, indices, values);
    }

    private Literal.Stored eightBits(WeightFile file, Palette palette) throws IOException {
        return file.add(
                shape(DataType.UINT8),
                sink -> eachRow(row.length, sink, bytes -> {
                    for (float weight : row) {
                        bytes.put(palette.code(Float.floatToFloat16(weight)));
                    }
                }));
    }

    /** Codes follow each other across rows; what does not fill a byte waits for the next row. */
    private Literal.Stored sixBits(WeightFile file, Palette palette) throws IOException {
        return file.add(shape(DataType.UINT6), sink -> {
            int[] rest = new int[2]; // bits, and how many
            eachRow(row.length, sink, bytes -> {
                for (float weight : row) {
                    rest[0] |= (palette.code(Float.floatToFloat16(weight)) & 63) << rest[1];
                    for (rest[1] += 6; rest[1] >= 8; rest[1] -= 8, rest[0] >>>= 8) {
                        bytes.put((byte) rest[0]);
                    }
                }
            });
            if (rest[1] > 0) {
                sink.write(ByteBuffer.wrap(new byte[] {(byte) rest[0]}));
            }
        });
    }

    private TensorType shape(DataType type) {
        return TensorType.of(type, count, row.length, 1, 1);
    }

    /** How often each F16 occurs. */
    private long[] counts() {
        long[] counts = new long[1 << 16];
        for (int i = 0; i < count; i++) {
            read(i);
            for (float weight : row) {
                counts[Float.floatToFloat16(weight) & 0xffff]++;
            }
        }
        return counts;
    }

    private interface Encoding {
        void append(ByteBuffer bytes);
    }

    private void eachRow(int rowBytes, WeightFile.Sink sink, Encoding encoding) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(rowBytes + 1).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            read(i);
            encoding.append(bytes.clear());
            sink.write(bytes.flip());
        }
    }

    private void read(int index) {
        long at = index * table.type().rowBytes(row.length);
        Dequantize.row(table.type(), data, at, row.length, row);
        for (float weight : row) {
            if (!(Math.abs(weight) <= 65504)) {
                throw new ModelUnsupportedException(
                        table.name(), "row " + (from + index) + " holds " + weight + ", which is beyond F16");
            }
        }
    }
}
