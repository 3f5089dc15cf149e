package bitnet.metal;

import bitnet.forward.PageTable;
import bitnet.model.Activation;
import bitnet.model.ActivationPrecision;
import bitnet.model.ModelConfig;
import bitnet.model.Rope;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;
import bitnet.spi.KnownProduct;
import bitnet.spi.Step;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Computes {@link KnownProduct} on the GPU: packing, quantisation, and the product for one token, a few and many. */
final class ProductCheck {
    /** Every other token has the activations in reverse signs. */
    private static final int[] TOKENS = {1, 5, 40};

    private static final int ROWS = KnownProduct.ROWS;
    private static final int COLUMNS = KnownProduct.COLUMNS;
    /** Of a model so small that probing takes no time; the known product does not depend on it. */
    private static final ModelConfig ANY =
            new ModelConfig("probe", "", 1, 2, 2, 1, 1, 2, 1, 1, 1e-5f, Activation.SILU, new Rope(new float[1]));

    private ProductCheck() {}

    /** The first row that comes out wrong, or -1. Closes the device. */
    static int firstWrongRow(MetalDevice device) {
        int most = TOKENS[TOKENS.length - 1];
        CompileOptions options = CompileOptions.of(1);
        try (MetalKernels kernels = new MetalKernels(device, ANY, options, MetalKernels.SEND_WORK);
                PageTable pages = new PageTable(kernels)) {
            pages.reserve(1);
            FloatRows x = kernels.floats(COLUMNS);
            FloatRows y = kernels.floats(ROWS);
            Kernels.Quantized q = kernels.quantized(COLUMNS, ActivationPrecision.INT8_PER_TOKEN);
            Kernels.TernaryMatrix w = kernels.ternary(List.of(KnownProduct.tensor()));
            for (int token = 0; token < most; token++) {
                for (int column = 0; column < COLUMNS; column++) {
                    float activation = KnownProduct.activation(column) * sign(token);
                    x.buffer().data().setAtIndex(ValueLayout.JAVA_FLOAT, (long) token * COLUMNS + column, activation);
                }
            }
            for (int tokens : TOKENS) {
                Step step = new Step(tokens);
                for (int token = 0; token < tokens; token++) {
                    step.add(pages.cache(), 0, 0, null);
                }
                kernels.run(step, () -> {
                    kernels.quantize(x, q);
                    kernels.ternaryMatmul(w, q, y);
                });
                int wrong = firstWrongRow(y, tokens);
                if (wrong >= 0) {
                    return wrong;
                }
            }
            return -1;
        }
    }

    private static int firstWrongRow(FloatRows y, int tokens) {
        for (int row = 0; row < ROWS; row++) {
            float expected = KnownProduct.product(row) * KnownProduct.SCALE;
            for (int token = 0; token < tokens; token++) {
                float actual = y.buffer().data().getAtIndex(ValueLayout.JAVA_FLOAT, (long) token * ROWS + row);
                if (actual != expected * sign(token)) {
                    return row;
                }
            }
        }
        return -1;
    }

    private static float sign(int token) {
        return token % 2 == 0 ? 1f : -1f;
    }
}
