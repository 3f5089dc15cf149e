package bitnet.scalar;

import bitnet.KvType;

/** Keys and values of 64 positions of one layer, in the cache's type. */
sealed interface KvPage {
    /** Rounds a value to the type and keeps it. */
    void set(int index, float value);

    /** Copies {@code n} elements out, converted. */
    void load(int from, int n, float[] out);

    /** A page with the same content. */
    KvPage copy();

    static KvPage of(KvType type, int elements) {
        return switch (type) {
            case F16 -> new Half(new short[elements]);
            case F32 -> new Single(new float[elements]);
        };
    }

    record Half(short[] data) implements KvPage {
        @Override
        public void set(int index, float value) {
            data[index] = Float.floatToFloat16(value);
        }

        @Override
        public void load(int from, int n, float[] out) {
            for (int i = 0; i < n; i++) {
                out[i] = Float.float16ToFloat(data[from + i]);
            }
        }

        @Override
        public KvPage copy() {
            return new Half(data.clone());
        }
    }

    record Single(float[] data) implements KvPage {
        @Override
        public void set(int index, float value) {
            data[index] = value;
        }

        @Override
        public void load(int from, int n, float[] out) {
            System.arraycopy(data, from, out, 0, n);
        }

        @Override
        public KvPage copy() {
            return new Single(data.clone());
        }
    }
}
