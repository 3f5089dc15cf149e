package bitnet.gguf;

import bitnet.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * An array of metadata values, decoded when it is asked for: opening a file with a vocabulary of 128,256 tokens and 280,147
 * merges walks over their lengths only. Every length in it was checked when the file was opened.
 */
public final class GgufArray implements GgufValue {
    private final String key;
    private final GgufValueType elementType;
    private final int size;
    private final GgufCursor elements;
    private final long end;

    /**
     * @param elements stands at the first element; never moved
     * @param end where the last element ends
     */
    GgufArray(String key, GgufValueType elementType, int size, GgufCursor elements, long end) {
        this.key = key;
        this.elementType = elementType;
        this.size = size;
        this.elements = elements;
        this.end = end;
    }

    @Override
    public GgufValueType type() {
        return GgufValueType.ARRAY;
    }

    /** The type of all elements. */
    public GgufValueType elementType() {
        return elementType;
    }

    /** How many elements there are. */
    public int size() {
        return size;
    }

    /** The elements. */
    public List<GgufValue> values() {
        return values(size);
    }

    /** The first elements, at most {@code limit} of them. */
    public List<GgufValue> values(int limit) {
        GgufCursor cursor = elements.copy();
        int count = Math.min(limit, size);
        List<GgufValue> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(cursor.value(key, elementType));
        }
        return values;
    }

    /**
     * The elements of an array of strings.
     *
     * @throws ModelFormatException if they are of another type, or are not UTF-8
     */
    public List<String> strings() {
        expect(elementType == GgufValueType.STRING, "strings");
        GgufCursor cursor = elements.copy();
        List<String> strings = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            strings.add(cursor.string(key, GgufCursor.MAXIMUM_TEXT));
        }
        return strings;
    }

    /**
     * The elements of an array of integers of any width up to 32 bits.
     *
     * @throws ModelFormatException if they are of another type
     */
    public int[] ints() {
        expect(
                switch (elementType) {
                    case UINT8, INT8, UINT16, INT16, UINT32, INT32 -> true;
                    default -> false;
                },
                "integers of at most 32 bits");
        GgufCursor cursor = elements.copy();
        int[] ints = new int[size];
        for (int i = 0; i < size; i++) {
            ints[i] = (int) cursor.integer(key, elementType);
        }
        return ints;
    }

    /**
     * The elements of an array of F32.
     *
     * @throws ModelFormatException if they are of another type
     */
    public float[] floats() {
        expect(elementType == GgufValueType.FLOAT32, "FLOAT32");
        GgufCursor cursor = elements.copy();
        float[] floats = new float[size];
        for (int i = 0; i < size; i++) {
            floats[i] = Float.intBitsToFloat(cursor.int32(key));
        }
        return floats;
    }

    /** The elements as they lie in the file. */
    MemorySegment raw() {
        return elements.upTo(end);
    }

    private void expect(boolean condition, String expected) {
        if (!condition) {
            throw new ModelFormatException(
                    elements.source(), key, "an array of " + elementType + ", not of " + expected);
        }
    }

    @Override
    public String toString() {
        return "[" + size + " x " + elementType + "]";
    }
}
