package bitnet.coreml.ffm;

import bitnet.coreml.CoreMlException;
import bitnet.coreml.CoreMlException.Kind;
import bitnet.coreml.Processors;
import bitnet.coreml.Residency;
import bitnet.coreml.ffm.gen.BitnetCoreMl;
import bitnet.coreml.ffm.gen.bitnet_coreml_failure;
import bitnet.coreml.ffm.gen.bitnet_coreml_residency;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** Core ML, as far as it needs no loaded model. */
public final class CoreMl {
    private CoreMl() {}

    /** A call into the library. */
    @FunctionalInterface
    interface Call {
        /** Returns the kind of failure, which is described in {@code failure}, or 0. */
        int with(Arena arena, MemorySegment failure);
    }

    /**
     * Calls, and makes failures exceptions.
     *
     * @throws CoreMlException if it fails
     */
    static void call(Call call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment failure = bitnet_coreml_failure.allocate(arena);
            int status = call.with(arena, failure);
            if (status != BitnetCoreMl.BITNET_COREML_OK()) {
                throw new CoreMlException(
                        kind(status),
                        bitnet_coreml_failure.domain(failure).getString(0),
                        bitnet_coreml_failure.code(failure),
                        bitnet_coreml_failure.text(failure).getString(0));
            }
        }
    }

    private static Kind kind(int status) {
        if (status == BitnetCoreMl.BITNET_COREML_ERROR()) {
            return Kind.ERROR;
        }
        return status == BitnetCoreMl.BITNET_COREML_EXCEPTION() ? Kind.EXCEPTION : Kind.REFUSED;
    }

    static int of(Processors processors) {
        return switch (processors) {
            case CPU -> BitnetCoreMl.BITNET_COREML_CPU();
            case CPU_AND_GPU -> BitnetCoreMl.BITNET_COREML_CPU_AND_GPU();
            case ALL -> BitnetCoreMl.BITNET_COREML_ALL();
            case CPU_AND_NEURAL_ENGINE -> BitnetCoreMl.BITNET_COREML_CPU_AND_NEURAL_ENGINE();
        };
    }

    /**
     * Compiles a package for this machine.
     *
     * @param compiled the directory to make; its name ends in {@code .mlmodelc}
     * @throws CoreMlException if it fails
     */
    public static void compile(Path modelPackage, Path compiled) {
        call((arena, failure) -> BitnetCoreMl.bitnet_coreml_compile(
                arena.allocateFrom(modelPackage.toString()), arena.allocateFrom(compiled.toString()), failure));
    }

    /**
     * Where the operations of a function would run.
     *
     * @throws CoreMlException if it fails
     */
    public static Residency plan(Path compiled, String function, Processors processors) {
        try (Arena plans = Arena.ofConfined()) {
            MemorySegment plan = bitnet_coreml_residency.allocate(plans);
            call((arena, failure) -> BitnetCoreMl.bitnet_coreml_plan(
                    arena.allocateFrom(compiled.toString()),
                    arena.allocateFrom(function),
                    of(processors),
                    plan,
                    failure));
            return new Residency(
                    bitnet_coreml_residency.neural_engine(plan),
                    bitnet_coreml_residency.gpu(plan),
                    bitnet_coreml_residency.cpu(plan),
                    bitnet_coreml_residency.unknown(plan));
        }
    }
}
