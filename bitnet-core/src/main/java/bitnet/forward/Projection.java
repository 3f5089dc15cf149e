package bitnet.forward;

import bitnet.model.HadamardRotation;
import bitnet.model.Linear;
import bitnet.model.TernaryTensor;
import bitnet.spi.Kernels;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Linear projections of one input as one product.
 *
 * @param norm of the input; null where there is none
 * @param rotation of the input, behind the norm; null where there is none
 * @param turned room for the rotated input; null for the place of the input, which is not needed any more then
 * @param codes of the input
 * @param matrix all projections, stacked
 */
record Projection(
        Kernels kernels,
        Kernels.@Nullable Gain norm,
        Kernels.@Nullable Hadamard rotation,
        Kernels.@Nullable Floats turned,
        Kernels.Quantized codes,
        Kernels.TernaryMatrix matrix) {
    /** Projections of equal granularity that norm and rotate their input alike. */
    static Projection of(
            Kernels kernels, Kernels.Quantized codes, Kernels.@Nullable Floats turned, List<Linear> linears) {
        return of(kernels, linears.getFirst().inputNorm(), codes, turned, linears);
    }

    /**
     * The same behind a norm.
     *
     * @param norm the only one of their input; those of their own are not looked at
     */
    static Projection of(
            Kernels kernels,
            float @Nullable [] norm,
            Kernels.Quantized codes,
            Kernels.@Nullable Floats turned,
            List<Linear> linears) {
        List<TernaryTensor> weights = linears.stream().map(Linear::weight).toList();
        Kernels.Gain gain = norm == null ? null : kernels.gain(norm);
        HadamardRotation rotation = linears.getFirst().rotation();
        Kernels.Hadamard hadamard = rotation == null ? null : kernels.hadamard(rotation);
        return new Projection(kernels, gain, hadamard, turned, codes, kernels.ternary(weights));
    }

    /** {@code y = W x}. */
    void multiply(Kernels.Floats x, Kernels.Floats y) {
        quantize(x);
        kernels.ternaryMatmul(matrix, codes, y);
    }

    /** {@code residual = residual + W x}, where {@code W x} is normed first if there is a norm for it. */
    void add(Kernels.Floats x, Kernels.@Nullable Gain after, Rows rows) {
        if (after == null) {
            quantize(x);
            kernels.ternaryMatmulAdd(matrix, codes, rows.residual);
        } else {
            multiply(x, rows.normed);
            kernels.normAdd(rows.normed, after, rows.residual);
        }
    }

    private void quantize(Kernels.Floats x) {
        if (rotation != null) {
            Kernels.Floats to = turned == null ? x : turned;
            if (norm != null) {
                kernels.norm(x, norm, to);
            }
            kernels.rotate(rotation, norm == null ? x : to, to);
            kernels.quantize(to, codes);
        } else if (norm == null) {
            kernels.quantize(x, codes);
        } else {
            kernels.normQuantize(x, norm, codes);
        }
    }
}
