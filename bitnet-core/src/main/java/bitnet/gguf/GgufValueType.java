package bitnet.gguf;

import org.jspecify.annotations.Nullable;

/** The types of metadata values; the ordinal is the id in the file. */
public enum GgufValueType {
    UINT8(1),
    INT8(1),
    UINT16(2),
    INT16(2),
    UINT32(4),
    INT32(4),
    FLOAT32(4),
    BOOL(1),
    /** Length as uint64, then UTF-8. */
    STRING(8),
    /** Element type as uint32, count as uint64, then the elements. */
    ARRAY(12),
    UINT64(8),
    INT64(8),
    FLOAT64(8);

    private final int minimumBytes;

    GgufValueType(int minimumBytes) {
        this.minimumBytes = minimumBytes;
    }

    /** Bytes of a value; for strings and arrays, of an empty one. */
    int minimumBytes() {
        return minimumBytes;
    }

    /** Whether all values have {@link #minimumBytes()}. */
    boolean isFixed() {
        return this != STRING && this != ARRAY;
    }

    static @Nullable GgufValueType of(int id) {
        return id >= 0 && id <= FLOAT64.ordinal() ? Constants.ALL[id] : null;
    }

    private static final class Constants {
        static final GgufValueType[] ALL = values();
    }
}
