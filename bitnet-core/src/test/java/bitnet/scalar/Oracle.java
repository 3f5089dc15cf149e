package bitnet.scalar;

import java.math.BigDecimal;
import java.util.SplittableRandom;

/** The contract's arithmetic and sums once more, as plainly as they can be written. */
final class Oracle {
    private Oracle() {}

    /** {@code a * b + c} in exact arithmetic, rounded once. */
    static float fma(float a, float b, float c) {
        BigDecimal exact = new BigDecimal(a).multiply(new BigDecimal(b)).add(new BigDecimal(c));
        // An exact zero has the sign that the same operation with two roundings gives it.
        return exact.signum() == 0 ? a * b + c : exact.floatValue();
    }

    static float sum256(float[] a, float[] b) {
        float[] s = new float[256];
        for (int i = 0; i < a.length; i++) {
            s[i % 256] = fma(a[i], b[i], s[i % 256]);
        }
        for (int stride : new int[] {128, 64, 32, 16, 8, 4, 2, 1}) {
            for (int i = 0; i < stride; i++) {
                s[i] = s[i] + s[i + stride];
            }
        }
        return s[0];
    }

    static float expn(float x) {
        if (!(x > -87)) {
            return 0;
        }
        float n = (float) Math.rint((double) (x * 1.44269504f));
        float r = fma(n, -1.42860677e-6f, fma(n, -0.693145752f, x));
        float p = 1.38888889e-3f;
        for (float c : new float[] {8.33333377e-3f, 4.16666679e-2f, 1.66666672e-1f, 0.5f, 1f, 1f}) {
            p = fma(p, r, c);
        }
        return (float) (p * Math.pow(2, n));
    }

    static float[] rmsNorm(float[] x, float[] gain, float epsilon) {
        float r = 1 / (float) Math.sqrt(sum256(x, x) / x.length + epsilon);
        float[] y = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            float scaled = x[i] * r;
            y[i] = scaled * gain[i];
        }
        return y;
    }

    static float factor(float[] y) {
        float max = 1e-5f;
        for (float value : y) {
            max = Math.max(max, Math.abs(value));
        }
        return 127 / max;
    }

    static byte[] codes(float[] y) {
        float s = factor(y);
        byte[] q = new byte[y.length];
        for (int i = 0; i < y.length; i++) {
            float product = y[i] * s;
            q[i] = (byte) Math.clamp(Math.rint((double) product), -128, 127);
        }
        return q;
    }

    static float[] normal(SplittableRandom random, int n, double size) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) (random.nextGaussian() * size);
        }
        return values;
    }

    static int[] bits(float[] values) {
        return Run.bits(values);
    }
}
