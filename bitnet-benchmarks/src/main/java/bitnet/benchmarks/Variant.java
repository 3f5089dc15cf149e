package bitnet.benchmarks;

import bitnet.cpu.ffm.CpuLibrary;
import bitnet.cpu.ffm.NativeBody;
import bitnet.cpu.vector.VectorBody;
import bitnet.model.ModelConfig;
import bitnet.scalar.ScalarKernels;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;

/** Kernels by name: {@code scalar}, {@code vector}, {@code native} for the best instruction set, or one of its names. */
final class Variant {
    private Variant() {}

    static Kernels kernels(String name, ModelConfig config, CompileOptions options) {
        return switch (name) {
            case "scalar" -> new ScalarKernels(config, options);
            case "vector" -> VectorBody.kernels(config, options);
            case "native" -> NativeBody.kernels(config, options);
            default -> NativeBody.kernels(isa(name), config, options);
        };
    }

    private static int isa(String name) {
        for (int isa : CpuLibrary.supported()) {
            if (CpuLibrary.name(isa).equals(name)) {
                return isa;
            }
        }
        throw new IllegalArgumentException("no " + name + " on this machine");
    }
}
