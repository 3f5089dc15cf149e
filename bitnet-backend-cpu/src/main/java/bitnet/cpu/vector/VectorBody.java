package bitnet.cpu.vector;
import bitnet.cpu.*; import bitnet.model.*; import bitnet.spi.*;
public final class VectorBody { public static Probe probe(){ return new Probe.Unusable("no"); } public static CompiledModel compile(Transformer m, CompileOptions o){ throw new IllegalStateException(); } public static CpuKernels kernels(ModelConfig c, CompileOptions o){ throw new IllegalStateException(); } }
