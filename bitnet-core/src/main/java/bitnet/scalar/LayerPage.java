package bitnet.scalar;

import bitnet.KvType;
import java.lang.foreign.MemorySegment;

/** Keys and values of a page of one layer, in the cache's type. */
sealed interface LayerPage {
    /** Rounds a value to the type and keeps it. */
    void set(int index, float value);

    /** Copies {@code n} elements out, converted. */
    void load(int from, int n, float[] out);

    /** All of it. */
    MemorySegment data();

    static LayerPage of(KvType type, int elements) {
        return switch (type) {
            case F16 -> new Half(new short[elements]);
            case F32 -> new Single(new float[elements]);
        };
    }

    record Half(short[] elements) implements LayerPage {
        @Override
        public void set(int index, float value) {
            elements[index] = Float.floatToFloat16(value);
        }

        @Override
        public void load(int from, int n, float[] out) {
            for (int i = 0; i < n; i++) {
                out[i] = Float.float16ToFloat(elements[from + i]);
            }
        }

        @Override
        public MemorySegment data() {
            return MemorySegment.ofArray(elements);
        }
    }

    record Single(float[] elements) implements LayerPage {
        @Override
        public void set(int index, float value) {
            elements[index] = value;
        }

        @Override
        public void load(int from, int n, float[] out) {
            System.arraycopy(elements, from, out, 0, n);
        }

        @Override
        public MemorySegment data() {
            return MemorySegment.ofArray(elements);
        }
    }
}
