package bitnet.conformance;

import bitnet.model.ModelConfig;
import bitnet.scalar.ScalarFloats;
import bitnet.scalar.ScalarKernels;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;
import java.util.Arrays;

/** The reference: the scalar kernels. */
public record ScalarProbe(Kernels kernels) implements KernelProbe {
    /** Scalar kernels for a shape. */
    public ScalarProbe(ModelConfig config, CompileOptions options) {
        this(new ScalarKernels(config, options));
    }

    @Override
    public void write(Kernels.Floats floats, int columns, float[] values) {
        ScalarFloats rows = (ScalarFloats) floats;
        rows.reserve(values.length / columns);
        System.arraycopy(values, 0, rows.data(), 0, values.length);
    }

    @Override
    public float[] read(Kernels.Floats floats, int columns, int rows) {
        return Arrays.copyOf(((ScalarFloats) floats).data(), rows * columns);
    }
}
