package bitnet.metal;

import bitnet.conformance.KernelProbe;
import bitnet.model.ModelConfig;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Metal kernels for the conformance checks. */
record MetalProbe(MetalKernels kernels) implements KernelProbe {
    MetalProbe(ModelConfig config, CompileOptions options) {
        this(MetalBody.kernels(config, options, MetalKernels.SEND_WORK));
    }

    @Override
    public void write(Kernels.Floats floats, int columns, float[] values) {
        MemorySegment data = ((FloatRows) floats).buffer().data();
        MemorySegment.copy(values, 0, data, ValueLayout.JAVA_FLOAT, 0, values.length);
    }

    @Override
    public float[] read(Kernels.Floats floats, int columns, int rows) {
        float[] values = new float[rows * columns];
        MemorySegment data = ((FloatRows) floats).buffer().data();
        MemorySegment.copy(data, ValueLayout.JAVA_FLOAT, 0, values, 0, values.length);
        return values;
    }
}
