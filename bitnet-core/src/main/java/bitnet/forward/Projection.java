package bitnet.forward;

import bitnet.model.Linear;
import bitnet.model.TernaryTensor;
import bitnet.spi.Kernels;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Linear projections of one input as one product.
 *
 * @param norm of the input; null where there is none
 * @param codes of the input
 * @param matrix all projections, stacked
 */
record Projection(Kernels kernels, Kernels.@Nullable Gain norm, Kernels.Quantized codes, Kernels.TernaryMatrix matrix) {
    /** Projections without norms of their own, of equal granularity. */
    static Projection of(Kernels kernels, float @Nullable [] norm, Kernels.Quantized codes, List<Linear> linears) {
        List<TernaryTensor> weights = linears.stream().map(Linear::weight).toList();
        Kernels.Gain gain = norm == null ? null : kernels.gain(norm);
        return new Projection(kernels, gain, codes, kernels.ternary(weights));
    }

    /** {@code y = W x}. */
    void multiply(Kernels.Floats x, Kernels.Floats y) {
        quantize(x);
        kernels.ternaryMatmul(matrix, codes, y);
    }

    /** {@code y = y + W x}. */
    void add(Kernels.Floats x, Kernels.Floats y) {
        quantize(x);
        kernels.ternaryMatmulAdd(matrix, codes, y);
    }

    private void quantize(Kernels.Floats x) {
        if (norm == null) {
            kernels.quantize(x, codes);
        } else {
            kernels.normQuantize(x, norm, codes);
        }
    }
}
