package bitnet.cpu.vector;

import bitnet.KvType;
import bitnet.cpu.CpuKernels;
import bitnet.cpu.Memory;
import bitnet.cpu.ProductCheck;
import bitnet.forward.KernelModel;
import bitnet.model.Activation;
import bitnet.model.ModelConfig;
import bitnet.model.Rope;
import bitnet.model.Transformer;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.ModelFeature;
import bitnet.spi.Probe;
import java.util.EnumSet;

/** What {@link bitnet.cpu.CpuVectorBackend} does once the incubator's classes may be touched. */
public final class VectorBody {
    /** Of a model so small that probing takes no time; the known product does not depend on it. */
    private static final ModelConfig ANY =
            new ModelConfig("probe", "", 1, 2, 2, 1, 1, 2, 1, 1, 1e-5f, Activation.SILU, new Rope(new float[1]));

    private VectorBody() {}

    /** Computes the known product. */
    public static Probe probe() {
        VectorOperations operations = new VectorOperations(ANY, KvType.F16);
        int wrong = ProductCheck.firstWrongRow(operations);
        if (wrong >= 0) {
            return new Probe.Unusable("row " + wrong + " of a known product came out wrong by " + operations.isa());
        }
        return new Probe.Usable(Runtime.version().toString(), operations.isa(), -1);
    }

    /** A model by the widest vectors. */
    public static CompiledModel compile(Transformer model, CompileOptions options) {
        ModelFeature.require(model, "cpu-vector", EnumSet.allOf(ModelFeature.class));
        CpuKernels kernels = kernels(model.config(), options);
        WarmUp.run(new VectorOperations(model.config(), options.kvType()), options.head());
        return new KernelModel(model, kernels, options);
    }

    /** Kernels for models of one shape. */
    public static CpuKernels kernels(ModelConfig config, CompileOptions options) {
        return CpuKernels.open(config, options, new VectorOperations(config, options.kvType()), Memory.PLAIN);
    }
}
