package bitnet.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A float32 matrix in NumPy's format, version 1.0 (numpy.lib.format), written row by row. What was written before
 * {@link #finish()} stands in a temporary file beside the target, which is removed if that is not reached.
 */
final class NpyFile implements AutoCloseable {
    private static final int ALIGNMENT = 64;
    private static final int PREFIX_BYTES = 10;
    private final WholeFile file;
    private final OutputStream out;
    private final int rows;
    private final ByteBuffer row;
    private int written;

    NpyFile(Path target, int rows, int columns) throws IOException {
        this.rows = rows;
        this.row = ByteBuffer.allocate(Math.multiplyExact(columns, Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        this.file = new WholeFile(target);
        this.out = new BufferedOutputStream(Files.newOutputStream(file.temporary()), 1 << 16);
        out.write(header(rows, columns));
    }

    private static byte[] header(int rows, int columns) {
        String description = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + rows + ", " + columns + "), }";
        int padding = ALIGNMENT - 1 - (PREFIX_BYTES + description.length()) % ALIGNMENT;
        byte[] text = (description + " ".repeat(padding) + "\n").getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(PREFIX_BYTES + text.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 1)
                .put((byte) 0)
                .putShort((short) text.length)
                .put(text)
                .array();
    }

    /** Writes the next row. */
    void write(float[] values) throws IOException {
        row.clear().asFloatBuffer().put(values);
        out.write(row.array());
        written++;
    }

    /** Moves the file into place. */
    void finish() throws IOException {
        if (written != rows) {
            throw new IllegalStateException(written + " rows written, not " + rows);
        }
        out.close();
        file.finish();
    }

    @Override
    public void close() throws IOException {
        try (file) {
            out.close();
        }
    }
}
