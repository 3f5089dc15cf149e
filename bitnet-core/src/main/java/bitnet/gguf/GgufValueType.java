package bitnet.gguf;

import org.jspecify.annotations.Nullable;

/** The types of metadata values; with their ids in the file. */
public enum GgufValueType {
    UINT8(0, 1),
    INT8(1, 1),
    UINT16(2, 2),
    INT16(3, 2),
    UINT32(4, 4),
    INT32(5, 4),
    FLOAT32(6, 4),
    BOOL(7, 1),
    /** Length as uint64, then UTF-8. */
    STRING(8, 8),
    /** Element type as uint32, count as uint64, then the elements. */
    ARRAY(9, 12),
    UINT64(10, 8),
    INT64(11, 8),
    FLOAT64(12, 8);

    private final int id;
    private final int minimumBytes;

    GgufValueType(int id, int minimumBytes) {
        this.id = id;
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

    /** The id in the file. */
    int id() {
        return id;
    }

    static @Nullable GgufValueType of(int id) {
        for (GgufValueType type : values()) {
            if (type.id == id) {
                return type;
            }
        }
        return null;
    }
}
