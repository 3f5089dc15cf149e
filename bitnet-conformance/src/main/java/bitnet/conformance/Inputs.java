package bitnet.conformance;

import java.util.SplittableRandom;

/** Rows of activations: ordinary ones, and those that a kernel may get wrong. */
final class Inputs {
    /** NaN, also with other bits than Java's, and the infinities. */
    static final float[] NOT_FINITE = {
        Float.NaN, Float.intBitsToFloat(0xffc12345), Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY
    };

    private final SplittableRandom random;

    Inputs(long seed) {
        random = new SplittableRandom(seed);
    }

    /** Ordinary values of the given size. */
    float[] normal(int n, float size) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian() * size;
        }
        return values;
    }

    /** Gains of a norm: around 1, of either sign, some zero. */
    float[] gain(int n) {
        float[] values = normal(n, 0.3f);
        for (int i = 0; i < n; i++) {
            values[i] = i % 37 == 5 ? 0f : i % 11 == 3 ? values[i] - 1f : values[i] + 1f;
        }
        return values;
    }

    /** Rows of {@code columns} values, each row of another kind. */
    float[] rows(int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int row = 0; row < rows; row++) {
            float[] kind = row(random.nextInt(9), columns);
            System.arraycopy(kind, 0, values, row * columns, columns);
        }
        return values;
    }

    private float[] row(int kind, int n) {
        return switch (kind) {
            case 0 -> new float[n]; // nothing but zeros
            case 1 -> normal(n, 1e15f); // squares still are finite
            case 2 -> normal(n, 1e-18f); // below the smallest divisor of the quantiser
            case 3 -> outlier(n);
            case 4 -> halves(n);
            case 5 -> notFinite(n);
            default -> normal(n, 3f);
        };
    }

    /** One value much larger than all others, which quantise to almost nothing. */
    private float[] outlier(int n) {
        float[] values = normal(n, 0.5f);
        values[random.nextInt(n)] = -1000f;
        return values;
    }

    /** One value that is no finite number. */
    private float[] notFinite(int n) {
        float[] values = normal(n, 0.5f);
        values[random.nextInt(n)] = NOT_FINITE[random.nextInt(NOT_FINITE.length)];
        return values;
    }

    /** Halves up to 127, so that quantisation alone multiplies by 1 and has to round ties; zeros of both signs. */
    private float[] halves(int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = random.nextInt(-253, 254) / 2f;
            if (values[i] == 0 && i % 2 == 0) {
                values[i] = -0f;
            }
        }
        values[random.nextInt(n)] = 127f;
        return values;
    }
}
