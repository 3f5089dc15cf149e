package bitnet.coreml.mlpackage;

import bitnet.coreml.mil.DataType;
import bitnet.coreml.mil.Literal;
import bitnet.coreml.mil.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes a weight file: version 2 of the format of coremltools' {@code StorageFormat.hpp}. Everything is aligned to 64 bytes:
 * a header, and for each entry 64 bytes that describe it and its data. Elements of less than a byte follow each other from
 * the low bits to the high ones.
 */
public final class WeightFile implements AutoCloseable {
    private static final int ALIGNMENT = 64;
    private static final int VERSION = 2;
    private static final int SENTINEL = 0xDEADBEEF;

    private final FileChannel channel;
    private long position = ALIGNMENT;
    private int entries;

    /** Creates the file. */
    public WeightFile(Path path) throws IOException {
        channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /** Pieces of an entry's data, in their order. */
    @FunctionalInterface
    public interface Content {
        /** Hands all pieces to the sink. */
        void writeTo(Sink sink) throws IOException;
    }

    /** Takes pieces of data. */
    @FunctionalInterface
    public interface Sink {
        /** Takes what remains of a buffer. */
        void write(ByteBuffer piece) throws IOException;
    }

    /**
     * Appends an entry.
     *
     * @param type of the tensor
     * @param content its data
     */
    public Literal.Stored add(TensorType type, Content content) throws IOException {
        long at = position;
        long bits = Math.multiplyExact(type.elements(), bits(type.type()));
        long bytes = Math.ceilDiv(bits, 8L);
        ByteBuffer description = ByteBuffer.allocate(ALIGNMENT)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(SENTINEL)
                .putInt(number(type.type()))
                .putLong(bytes)
                .putLong(at + ALIGNMENT)
                .putLong(bytes * 8 - bits)
                .clear();
        write(description);
        content.writeTo(this::write);
        if (position != at + ALIGNMENT + bytes) {
            throw new IllegalStateException((position - at - ALIGNMENT) + " bytes for " + type);
        }
        write(ByteBuffer.allocate((int) (-position & (ALIGNMENT - 1))));
        entries++;
        return new Literal.Stored(type, at);
    }

    /** Appends F16 values, rounded to nearest even. */
    public Literal.Stored addHalves(TensorType type, float[] values) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putShort(Float.floatToFloat16(value));
        }
        return add(type, sink -> sink.write(bytes.flip()));
    }

    /** Writes the header and closes the file. Idempotent. */
    @Override
    public void close() throws IOException {
        if (!channel.isOpen()) {
            return;
        }
        try (channel) {
            ByteBuffer header = ByteBuffer.allocate(ALIGNMENT)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(entries)
                    .putInt(VERSION)
                    .clear();
            channel.write(header, 0);
        }
    }

    private void write(ByteBuffer piece) throws IOException {
        while (piece.hasRemaining()) {
            position += channel.write(piece, position);
        }
    }

    private static int bits(DataType type) {
        return switch (type) {
            case UINT2 -> 2;
            case UINT6 -> 6;
            case UINT8 -> 8;
            case FLOAT16 -> 16;
            case BOOL, STRING, INT32 -> throw new IllegalArgumentException(type + " does not lie in weight files");
        };
    }

    /** As {@code BlobDataType}. */
    private static int number(DataType type) {
        return switch (type) {
            case FLOAT16 -> 1;
            case UINT8 -> 3;
            case UINT2 -> 10;
            case UINT6 -> 13;
            case BOOL, STRING, INT32 -> throw new IllegalArgumentException(type + " does not lie in weight files");
        };
    }
}
