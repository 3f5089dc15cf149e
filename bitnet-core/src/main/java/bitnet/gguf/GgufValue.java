package bitnet.gguf;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A metadata value. */
public sealed interface GgufValue
        permits GgufValue.Int, GgufValue.Real, GgufValue.Bool, GgufValue.Text, GgufValue.Bytes, GgufArray {
    /** How it is stored. */
    GgufValueType type();

    /**
     * An integer of any width.
     *
     * @param type how it is stored
     * @param value as it is; a {@link GgufValueType#UINT64} beyond 2^63 appears negative
     */
    record Int(GgufValueType type, long value) implements GgufValue {
        @Override
        public String toString() {
            return type == GgufValueType.UINT64 ? Long.toUnsignedString(value) : Long.toString(value);
        }
    }

    /** A floating-point number of either width. */
    record Real(GgufValueType type, double value) implements GgufValue {
        @Override
        public String toString() {
            return type == GgufValueType.FLOAT32 ? Float.toString((float) value) : Double.toString(value);
        }
    }

    /** True or false. */
    record Bool(boolean value) implements GgufValue {
        @Override
        public GgufValueType type() {
            return GgufValueType.BOOL;
        }

        @Override
        public String toString() {
            return Boolean.toString(value);
        }
    }

    /**
     * A string that is not UTF-8, as the format demands. It harms only those who read it.
     *
     * @param value as it is in the file
     */
    record Bytes(byte[] value) implements GgufValue {
        @Override
        public GgufValueType type() {
            return GgufValueType.STRING;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Bytes bytes && Arrays.equals(value, bytes.value);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(value);
        }

        @Override
        public String toString() {
            return new String(value, StandardCharsets.UTF_8);
        }
    }

    /** A string. */
    record Text(String value) implements GgufValue {
        @Override
        public GgufValueType type() {
            return GgufValueType.STRING;
        }

        @Override
        public String toString() {
            return value;
        }
    }
}
