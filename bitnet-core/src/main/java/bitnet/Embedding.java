package bitnet;

/**
 * A text as a vector: texts of similar meaning have vectors of similar direction.
 *
 * @param vector a value for each dimension
 * @param tokens how many tokens were computed, prompt included
 * @param truncated whether the text was longer than the context, and cut
 */
public record Embedding(float[] vector, int tokens, boolean truncated) {
    /**
     * The cosine of the angle between two vectors: from 1, the same direction, to -1. 0 if one of them is zero.
     *
     * @throws IllegalArgumentException if the other has another number of dimensions
     */
    public double similarity(Embedding other) {
        float[] b = other.vector;
        if (vector.length != b.length) {
            throw new IllegalArgumentException(vector.length + " dimensions and " + b.length);
        }
        double product = 0;
        double squares = 0;
        double otherSquares = 0;
        for (int i = 0; i < b.length; i++) {
            product += (double) vector[i] * b[i];
            squares += (double) vector[i] * vector[i];
            otherSquares += (double) b[i] * b[i];
        }
        double lengths = Math.sqrt(squares) * Math.sqrt(otherSquares);
        return lengths == 0 ? 0 : Math.clamp(product / lengths, -1, 1);
    }

    /**
     * The vector in a quarter of the memory: each dimension times 127 divided by the largest magnitude, rounded half to even. Cosines
     * of such vectors are nearly those of the vectors themselves.
     */
    public byte[] int8() {
        float most = 0;
        for (float value : vector) {
            most = Math.max(most, Math.abs(value));
        }
        byte[] codes = new byte[vector.length];
        for (int i = 0; i < codes.length && most > 0; i++) {
            codes[i] = (byte) Math.rint(vector[i] * 127.0 / most);
        }
        return codes;
    }

    /**
     * The vector in a thirty-second of the memory: a bit for each dimension, 1 where it is above 0, eight to a byte from the highest
     * bit down; the last byte is filled with 0. The fewer bits of two vectors differ, the nearer they are.
     */
    public byte[] binary() {
        byte[] bits = new byte[Math.ceilDiv(vector.length, Byte.SIZE)];
        for (int i = 0; i < vector.length; i++) {
            if (vector[i] > 0) {
                bits[i / Byte.SIZE] |= (byte) (0x80 >> i % Byte.SIZE);
            }
        }
        return bits;
    }
}
