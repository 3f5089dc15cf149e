package bitnet.gguf;

import bitnet.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** A place in the header of a GGUF file. Every read checks that the file has the bytes; nothing is allocated before. */
final class GgufCursor {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Arrays in arrays; files have none. */
    private static final int MAXIMUM_DEPTH = 8;

    private final String source;
    private final MemorySegment data;
    private long at;

    GgufCursor(String source, MemorySegment data, long at) {
        this.source = source;
        this.data = data;
        this.at = at;
    }

    String source() {
        return source;
    }

    long at() {
        return at;
    }

    long remaining() {
        return data.byteSize() - at;
    }

    GgufCursor copy() {
        return new GgufCursor(source, data, at);
    }

    /** The bytes from here to {@code end}. */
    MemorySegment upTo(long end) {
        return data.asSlice(at, end - at);
    }

    int int32(String what) {
        return data.get(INT, take(4, what));
    }

    long int64(String what) {
        return data.get(LONG, take(8, what));
    }

    /** A count or length that must not be more than what is left of the file can hold. */
    long count(String what, int minimumBytes) {
        long start = at;
        long count = int64(what);
        if (count < 0 || count > remaining() / minimumBytes) {
            throw broken(
                    start,
                    what + ": a count of " + Long.toUnsignedString(count) + ", but only " + remaining()
                            + " bytes of the file are left");
        }
        return count;
    }

    String string(String what) {
        long length = count(what, 1);
        if (length > Integer.MAX_VALUE - 8) {
            throw broken(at, what + ": a string of " + length + " bytes");
        }
        long start = take(length, what);
        byte[] bytes = new byte[(int) length];
        MemorySegment.copy(data, ValueLayout.JAVA_BYTE, start, bytes, 0, bytes.length);
        String text = new String(bytes, StandardCharsets.UTF_8);
        // Decoding replaces what is not UTF-8; only where a replacement shows is it decoded strictly.
        return text.indexOf('\uFFFD') < 0 ? text : strict(bytes, start, what);
    }

    private String strict(byte[] bytes, long start, String what) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(source, "offset " + start, what + ": a string that is not UTF-8", e);
        }
    }

    GgufValueType type(String what) {
        long start = at;
        int id = int32(what);
        GgufValueType type = GgufValueType.of(id);
        if (type == null) {
            throw broken(start, what + ": value type " + Integer.toUnsignedString(id) + " does not exist");
        }
        return type;
    }

    GgufValue value(String key, GgufValueType type) {
        return switch (type) {
            case FLOAT32 -> new GgufValue.Real(type, Float.intBitsToFloat(int32(key)));
            case FLOAT64 -> new GgufValue.Real(type, Double.longBitsToDouble(int64(key)));
            case BOOL -> new GgufValue.Bool(bool(key));
            case STRING -> new GgufValue.Text(string(key));
            case ARRAY -> array(key);
            default -> new GgufValue.Int(type, integer(key, type));
        };
    }

    long integer(String key, GgufValueType type) {
        return switch (type) {
            case UINT8 -> data.get(ValueLayout.JAVA_BYTE, take(1, key)) & 0xFFL;
            case INT8 -> data.get(ValueLayout.JAVA_BYTE, take(1, key));
            case UINT16 -> data.get(SHORT, take(2, key)) & 0xFFFFL;
            case INT16 -> data.get(SHORT, take(2, key));
            case UINT32 -> data.get(INT, take(4, key)) & 0xFFFFFFFFL;
            case INT32 -> data.get(INT, take(4, key));
            case UINT64, INT64 -> data.get(LONG, take(8, key));
            default -> throw new IllegalArgumentException(type.toString());
        };
    }

    private boolean bool(String key) {
        byte value = data.get(ValueLayout.JAVA_BYTE, take(1, key));
        if (value < 0 || value > 1) {
            throw broken(at - 1, key + ": a bool of " + (value & 255));
        }
        return value == 1;
    }

    private GgufArray array(String key) {
        GgufValueType elementType = type(key);
        int size = arraySize(key, elementType);
        GgufCursor first = copy();
        skip(key, elementType, size, 1);
        return new GgufArray(key, elementType, size, first, at);
    }

    private int arraySize(String key, GgufValueType elementType) {
        long start = at;
        long count = count(key, elementType.minimumBytes());
        if (count > Integer.MAX_VALUE - 8) {
            throw broken(start, key + ": an array of " + count + " elements");
        }
        return (int) count;
    }

    /** Moves past the elements of an array and checks their lengths on the way. */
    private void skip(String key, GgufValueType elementType, int size, int depth) {
        if (elementType.isFixed()) {
            take((long) size * elementType.minimumBytes(), key);
            return;
        }
        if (depth > MAXIMUM_DEPTH) {
            throw broken(at, key + ": arrays nested more than " + MAXIMUM_DEPTH + " deep");
        }
        for (int i = 0; i < size; i++) {
            if (elementType == GgufValueType.STRING) {
                take(count(key, 1), key);
            } else {
                GgufValueType inner = type(key);
                skip(key, inner, arraySize(key, inner), depth + 1);
            }
        }
    }

    private long take(long bytes, String what) {
        if (bytes > remaining()) {
            throw broken(at, what + ": the file ends here, " + (bytes - remaining()) + " bytes too early");
        }
        long start = at;
        at += bytes;
        return start;
    }

    ModelFormatException broken(long offset, String problem) {
        return new ModelFormatException(source, "offset " + offset, problem);
    }
}
