package bitnet.gguf;

import bitnet.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A place in the header of a GGUF file. Every read checks that the file has the bytes, and that no model's header is so long;
 * nothing is allocated before.
 */
final class GgufCursor {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** A chat template is some kilobytes; some files carry a whole tokenizer.json of tens of megabytes. */
    static final int MAXIMUM_TEXT = 1 << 26;
    /** Strings of an array; the largest vocabularies have half a million merges. */
    private static final int MAXIMUM_ELEMENTS = 1 << 22;
    /** Numbers of an array. */
    private static final int MAXIMUM_NUMBERS = 1 << 25;
    /** Arrays in arrays; files have none. */
    private static final int MAXIMUM_DEPTH = 8;

    private final String source;
    private final FilePrefix data;
    private long at;

    GgufCursor(String source, FilePrefix data, long at) {
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
        return data.limit() - at;
    }

    GgufCursor copy() {
        return new GgufCursor(source, data, at);
    }

    /** The bytes from here to {@code end}. */
    MemorySegment upTo(long end) {
        return data.upTo(end).asSlice(at, end - at);
    }

    int int32(String what) {
        long start = take(4, what);
        return data.upTo(at).get(INT, start);
    }

    long int64(String what) {
        long start = take(8, what);
        return data.upTo(at).get(LONG, start);
    }

    /** A count or length that must not be more than what is left of the file can hold. */
    long count(String what, int minimumBytes) {
        long start = at;
        long count = int64(what);
        if (count < 0 || count > remaining() / minimumBytes) {
            throw broken(
                    start,
                    what + ": a count of " + Long.toUnsignedString(count) + ", but only " + remaining()
                            + " bytes of the " + (data.isWhole() ? "file" : "longest header of a model") + " are left");
        }
        return count;
    }

    /** A string of UTF-8, of at most {@code maximum} bytes. */
    String string(String what, int maximum) {
        long start = at;
        byte[] bytes = bytes(what, maximum);
        String text = decode(bytes);
        if (text == null) {
            throw broken(start + Long.BYTES, what + ": a string that is not UTF-8");
        }
        return text;
    }

    private byte[] bytes(String what, int maximum) {
        long before = at;
        long length = count(what, 1);
        if (length > maximum) {
            throw broken(before, what + ": a string of " + length + " bytes, expected at most " + maximum);
        }
        long start = take(length, what);
        byte[] bytes = new byte[(int) length];
        MemorySegment.copy(data.upTo(at), ValueLayout.JAVA_BYTE, start, bytes, 0, bytes.length);
        return bytes;
    }

    /** The text, or null if this is not UTF-8. */
    private static @Nullable String decode(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        // Decoding replaces what is not UTF-8; only where a replacement shows is it compared with what it came from.
        return text.indexOf('\uFFFD') < 0 || Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes) ? text : null;
    }

    private GgufValue text(String key) {
        byte[] bytes = bytes(key, MAXIMUM_TEXT);
        String text = decode(bytes);
        return text == null ? new GgufValue.Bytes(bytes) : new GgufValue.Text(text);
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
            case STRING -> text(key);
            case ARRAY -> array(key);
            default -> new GgufValue.Int(type, integer(key, type));
        };
    }

    long integer(String key, GgufValueType type) {
        long start = take(type.minimumBytes(), key);
        MemorySegment data = this.data.upTo(at);
        return switch (type) {
            case UINT8 -> data.get(ValueLayout.JAVA_BYTE, start) & 0xFFL;
            case INT8 -> data.get(ValueLayout.JAVA_BYTE, start);
            case UINT16 -> data.get(SHORT, start) & 0xFFFFL;
            case INT16 -> data.get(SHORT, start);
            case UINT32 -> data.get(INT, start) & 0xFFFFFFFFL;
            case INT32 -> data.get(INT, start);
            case UINT64, INT64 -> data.get(LONG, start);
            default -> throw new IllegalArgumentException(type.toString());
        };
    }

    private boolean bool(String key) {
        long start = take(1, key);
        byte value = data.upTo(at).get(ValueLayout.JAVA_BYTE, start);
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
        if (count > (elementType.isFixed() ? MAXIMUM_NUMBERS : MAXIMUM_ELEMENTS)) {
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
            throw broken(
                    at,
                    what + ": the " + (data.isWhole() ? "file" : "longest header of a model") + " ends here, "
                            + (bytes - remaining()) + " bytes too early");
        }
        long start = at;
        at += bytes;
        return start;
    }

    ModelFormatException broken(long offset, String problem) {
        return new ModelFormatException(source, "offset " + offset, problem);
    }
}
