package bitnet.coreml.interpreter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** A weight file. Every entry is checked against what the program declares. */
final class WeightReader {
    private final ByteBuffer bytes;

    WeightReader(Path file) throws IOException {
        bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        require(bytes.capacity() >= 64 && bytes.getInt(4) == 2, file + " is not a weight file of version 2");
    }

    /** How many entries the header says there are. */
    int entries() {
        return bytes.getInt(0);
    }

    long size() {
        return bytes.capacity();
    }

    /** Where the entry at an offset ends, padding included. */
    long end(long offset) {
        int at = Math.toIntExact(offset);
        return (bytes.getLong(at + 16) + bytes.getLong(at + 8) + 63) / 64 * 64;
    }

    float[] read(long offset, Type type) {
        require(offset >= 64 && offset % 64 == 0 && offset + 64 <= bytes.capacity(), "no entry lies at " + offset);
        int at = (int) offset;
        require(bytes.getInt(at) == 0xDEADBEEF, "no entry begins at " + offset);
        require(bytes.getInt(at + 4) == number(type.element()), "the entry at " + offset + " has another element type");
        long bits = (long) type.elements() * type.bits();
        long size = bytes.getLong(at + 8);
        long data = bytes.getLong(at + 16);
        require(size == (bits + 7) / 8, "the entry at " + offset + " has " + size + " bytes for " + type);
        require(bytes.getLong(at + 24) == size * 8 - bits, "the padding of the entry at " + offset);
        require(data == offset + 64 && data + size <= bytes.capacity(), "the data of the entry at " + offset);
        return elements((int) data, type);
    }

    private float[] elements(int data, Type type) {
        float[] values = new float[type.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (type.element()) {
                case Type.FLOAT16 -> Float.float16ToFloat(bytes.getShort(data + 2 * i));
                case Type.UINT8 -> bytes.get(data + i) & 0xff;
                case Type.UINT2 -> bytes.get(data + i / 4) >>> 2 * (i % 4) & 3;
                case Type.UINT6 -> sixBits(data, i);
                default -> throw new IllegalArgumentException("element type " + type.element());
            };
        }
        return values;
    }

    private int sixBits(int data, int i) {
        int code = 0;
        for (int bit = 0; bit < 6; bit++) {
            long at = 6L * i + bit;
            code |= (bytes.get(data + (int) (at / 8)) >>> at % 8 & 1) << bit;
        }
        return code;
    }

    /** {@code BlobDataType}. */
    private static int number(int element) {
        return switch (element) {
            case Type.FLOAT16 -> 1;
            case Type.UINT8 -> 3;
            case Type.UINT2 -> 10;
            case Type.UINT6 -> 13;
            default -> throw new IllegalArgumentException("element type " + element);
        };
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
