package bitnet.cuda;

import bitnet.KvType;
import bitnet.cuda.driver.GpuDevice;
import bitnet.model.Activation;
import bitnet.model.ActivationPrecision;
import bitnet.model.ModelConfig;
import bitnet.model.Rope;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;
import bitnet.spi.KnownProduct;
import bitnet.spi.KvMemory;
import bitnet.spi.Progress;
import bitnet.spi.Step;
import java.util.List;

/** Computes {@link KnownProduct} on a device, for one token and for several. */
final class ProductCheck {
    /** Every other one has the activations in reverse signs. */
    private static final int TOKENS = 5;

    private ProductCheck() {}

    /** The first row that comes out wrong, or -1. */
    static int firstWrongRow(GpuDevice device) {
        ModelConfig any =
                new ModelConfig("probe", "", 1, 2, 2, 1, 1, 2, 1, 1, 1e-5f, Activation.SILU, new Rope(new float[1]));
        CompileOptions options =
                new CompileOptions(TOKENS, 0, TOKENS, KvType.F16, 0, Progress.NONE, Cancellation.NEVER);
        try (CudaKernels kernels = CudaKernels.open(any, options, device)) {
            Kernels.TernaryMatrix w = kernels.ternary(List.of(KnownProduct.tensor()));
            DeviceRows x = (DeviceRows) kernels.floats(KnownProduct.COLUMNS);
            DeviceRows y = (DeviceRows) kernels.floats(KnownProduct.ROWS);
            Kernels.Quantized q = kernels.quantized(KnownProduct.COLUMNS, ActivationPrecision.INT8_PER_TOKEN);
            KvMemory.Cache cache = kernels.cache();
            Runnable program = () -> {
                kernels.quantize(x, q);
                kernels.ternaryMatmul(w, q, y);
            };
            kernels.write(x, activations());
            for (int tokens : new int[] {1, TOKENS}) {
                Step step = new Step(TOKENS);
                for (int token = 0; token < tokens; token++) {
                    step.add(cache, token, 0, null);
                }
                kernels.run(step, program);
                int wrong = firstWrongRow(kernels.read(y, tokens), tokens);
                if (wrong >= 0) {
                    return wrong;
                }
            }
            return -1;
        }
    }

    private static float[] activations() {
        float[] values = new float[TOKENS * KnownProduct.COLUMNS];
        for (int i = 0; i < values.length; i++) {
            values[i] = KnownProduct.activation(i % KnownProduct.COLUMNS) * sign(i / KnownProduct.COLUMNS);
        }
        return values;
    }

    private static int firstWrongRow(float[] y, int tokens) {
        for (int row = 0; row < KnownProduct.ROWS; row++) {
            float expected = KnownProduct.product(row) * KnownProduct.SCALE;
            for (int token = 0; token < tokens; token++) {
                if (y[token * KnownProduct.ROWS + row] != expected * sign(token)) {
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
