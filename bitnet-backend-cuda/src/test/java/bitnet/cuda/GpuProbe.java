package bitnet.cuda;

import bitnet.conformance.KernelProbe;
import bitnet.model.ModelConfig;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;

/** CUDA kernels for the conformance checks. */
record GpuProbe(CudaKernels kernels) implements KernelProbe {
    static KernelProbe open(ModelConfig config, CompileOptions options) {
        return new GpuProbe(CudaKernels.open(config, options, CudaModel.device(options.device())));
    }

    @Override
    public void write(Kernels.Floats floats, int columns, float[] values) {
        kernels.write((DeviceRows) floats, values);
    }

    @Override
    public float[] read(Kernels.Floats floats, int columns, int rows) {
        return kernels.read((DeviceRows) floats, rows);
    }
}
