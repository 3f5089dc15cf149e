package bitnet.cuda;

import bitnet.BackendFailureException;
import bitnet.HeadType;
import bitnet.cuda.driver.CudaException;
import bitnet.cuda.driver.CudaLibrary;
import bitnet.cuda.driver.GpuContext;
import bitnet.cuda.driver.GpuDevice;
import bitnet.forward.KernelModel;
import bitnet.model.FloatTable;
import bitnet.model.GatedDeltaNet;
import bitnet.model.Head;
import bitnet.model.Layer;
import bitnet.model.ModelConfig;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTable;
import bitnet.model.TernaryTensor;
import bitnet.model.TokenTable;
import bitnet.model.Transformer;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.ModelFeature;
import java.util.Set;

/** Models on a GPU. */
final class CudaModel {
    /** Beside weights and one sequence: buffers of a step, and what the driver takes for kernels. */
    private static final long OTHER_BYTES = 256L << 20;

    private static final Set<ModelFeature> SUPPORTED = Set.of(
            ModelFeature.WIDE_ACTIVATIONS,
            ModelFeature.TERNARY_TABLES,
            ModelFeature.HEAD_NORMS,
            ModelFeature.INPUT_NORMS,
            ModelFeature.NORMS_AFTER,
            ModelFeature.ATTENTION_SCOPES,
            ModelFeature.EMBEDDING_SCALE,
            ModelFeature.GELU,
            ModelFeature.POOLING,
            ModelFeature.DELTA_NET,
            ModelFeature.ATTENTION_GATES,
            ModelFeature.ROTATIONS);

    private CudaModel() {}

    /** A model on the device that the options name. */
    static CompiledModel compile(Transformer model, CompileOptions options) {
        ModelFeature.require(model, "cuda", SUPPORTED);
        GpuDevice device = device(options.device());
        requireMemory(model, options, device);
        KernelModel compiled = new KernelModel(model, CudaKernels.open(model.config(), options, device), options);
        try {
            Rehearsal.of(compiled, model, options);
            return compiled;
        } catch (RuntimeException | Error e) {
            compiled.close();
            throw e;
        }
    }

    static GpuDevice device(int index) {
        String problem = CudaLibrary.problem();
        if (problem != null) {
            throw new BackendFailureException(problem);
        }
        try {
            int count = GpuDevice.count();
            if (index >= count) {
                throw new BackendFailureException("there is no device cuda:" + index + "; there are " + count);
            }
            GpuDevice device = GpuDevice.of(index);
            if (device.capability() < CudaProbe.OLDEST_CAPABILITY) {
                throw new BackendFailureException("cuda:" + index + " (" + device.name() + ") has compute capability "
                        + device.capabilityName() + ", and the kernels need 7.5 or more");
            }
            return device;
        } catch (CudaException e) {
            throw new BackendFailureException("the CUDA driver failed: " + e.getMessage(), e);
        }
    }

    /** Better said now, with all the sizes, than by the tensor that does not fit. */
    private static void requireMemory(Transformer model, CompileOptions options, GpuDevice device) {
        long weights = weightBytes(model, options.head());
        CacheShape cache = new CacheShape(model.config(), options.kvType());
        long state = DeltaStates.bytes(model.config().delta());
        long sequence = Math.ceilDiv(options.contextLength(), CacheShape.PAGE) * cache.pageBytes() + state;
        long needed = weights + cache.pageBytes() + state + OTHER_BYTES;
        long free = freeBytes(device);
        if (needed > free) {
            throw new BackendFailureException("cuda:" + device.index() + " (" + device.name() + ") has "
                    + mebibytes(free)
                    + " of " + mebibytes(device.memoryBytes()) + " MiB free, and this model needs " + mebibytes(needed)
                    + " MiB (" + mebibytes(weights) + " of weights), and up to " + mebibytes(sequence)
                    + " MiB for each sequence");
        }
    }

    private static long freeBytes(GpuDevice device) {
        try (GpuContext context = GpuContext.open(device)) {
            return context.freeBytes();
        } catch (CudaException e) {
            throw new BackendFailureException("the CUDA driver failed: " + e.getMessage(), e);
        }
    }

    private static long weightBytes(Transformer model, HeadType head) {
        ModelConfig config = model.config();
        long bytes = tableBytes(model.embedding());
        if (model.output() instanceof Head output) {
            if (head == HeadType.INT8) {
                bytes += DeviceScreen.bytes(config.vocabulary(), config.hidden());
            }
            if (!output.table().equals(model.embedding())) {
                bytes += tableBytes(output.table());
            }
        }
        for (Layer layer : model.layers()) {
            bytes +=
                    layer.matrices().stream().mapToLong(CudaModel::ternaryBytes).sum();
            if (layer.mixer() instanceof GatedDeltaNet net) {
                bytes += tableBytes(net.alpha()) + tableBytes(net.beta());
            }
        }
        return bytes;
    }

    private static long tableBytes(TokenTable table) {
        return switch (table) {
            case FloatTable floats -> floats.type().rowBytes(floats.columns()) * floats.rows();
            case TernaryTable ternary -> ternaryBytes(ternary.tensor());
        };
    }

    private static long ternaryBytes(TernaryTensor tensor) {
        if (tensor.granularity() != ScaleGranularity.TENSOR) {
            return GroupedTernary.bytes(tensor.rows(), tensor.columns(), tensor.granularity());
        }
        return PackedTernary.unitBytes(Math.ceilDiv(tensor.rows(), RowOrder.TILE), tensor.columns());
    }

    private static long mebibytes(long bytes) {
        return (bytes + (1 << 20) - 1) >> 20;
    }
}
