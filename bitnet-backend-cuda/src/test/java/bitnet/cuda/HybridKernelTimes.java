package bitnet.cuda;

import bitnet.KvType;
import bitnet.model.Activation;
import bitnet.model.DeltaShape;
import bitnet.model.FloatTable;
import bitnet.model.HadamardRotation;
import bitnet.model.ModelConfig;
import bitnet.model.Rope;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;
import bitnet.spi.Progress;
import bitnet.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Prints what gated DeltaNet between its projections and a rotation take at the shape of Bonsai 27B, as {@link WideKernelTimes} does for
 * the other parts of a layer.
 */
final class HybridKernelTimes {
    private static final int HIDDEN = 5120;
    private static final int BLOCK = 1024;
    private static final int LAYERS = 24;
    private static final int MAX_ROWS = 512;
    private static final DeltaShape DELTA = new DeltaShape(LAYERS, 16, 48, 128, 4);

    private static final ModelConfig CONFIG = new ModelConfig(
            "qwen35",
            "bonsai-27b",
            LAYERS + 1,
            HIDDEN,
            17408,
            24,
            4,
            256,
            1024,
            4096,
            1e-6f,
            Activation.SILU,
            new Rope(new float[128]),
            DELTA);

    private HybridKernelTimes() {}

    /** Prints the report. */
    public static void main(String[] args) {
        CompileOptions options =
                new CompileOptions(4096, 0, MAX_ROWS, KvType.F16, 0, Progress.NONE, Cancellation.NEVER);
        try (CudaKernels kernels = CudaKernels.open(CONFIG, options, CudaModel.device(0))) {
            report(kernels);
        }
    }

    private static void report(CudaKernels kernels) {
        PartTimes times = new PartTimes(kernels, LAYERS, MAX_ROWS);
        int projected = DELTA.channels() + DELTA.valueWidth();
        Kernels.Floats hidden = kernels.floats(HIDDEN);
        Kernels.Floats turned = kernels.floats(HIDDEN);
        Kernels.Floats mixed = kernels.floats(projected + 2 * DELTA.valueHeads());
        Kernels.Floats alpha = kernels.part(mixed, projected, DELTA.valueHeads());
        Kernels.Floats out = kernels.floats(DELTA.valueWidth());
        Kernels.FloatMatrix matrix = kernels.matrix(table());
        Kernels.DeltaNet net = new DeltaWeights(
                DELTA,
                weights(kernels, DELTA.channels() * DELTA.kernel()),
                weights(kernels, DELTA.valueHeads()),
                weights(kernels, DELTA.valueHeads()),
                weights(kernels, DELTA.headDim()),
                true);
        float[] signs = new float[HIDDEN];
        Arrays.fill(signs, 1f);
        Kernels.Hadamard rotation = kernels.hadamard(new HadamardRotation(BLOCK, signs));
        for (int rows : new int[] {1, 8, 32, 128, MAX_ROWS}) {
            times.print("one of two float products", rows, 0, i -> kernels.floatMatmul(matrix, hidden, alpha));
            times.print("gated DeltaNet", rows, 0, layer -> kernels.deltaNet(layer, net, mixed, out));
            times.print("rotation of " + HIDDEN, rows, 0, i -> kernels.rotate(rotation, hidden, turned));
        }
    }

    private static MemorySegment weights(CudaKernels kernels, int count) {
        float[] values = new float[count];
        Arrays.fill(values, -0.1f);
        return ((DeviceGain) kernels.gain(values)).weights();
    }

    private static FloatTable table() {
        SplittableRandom random = new SplittableRandom(1);
        MemorySegment data = MemorySegment.ofArray(new short[DELTA.valueHeads() * HIDDEN]);
        for (long i = 0; i < data.byteSize() / Short.BYTES; i++) {
            data.setAtIndex(
                    ValueLayout.JAVA_SHORT, i, (short) (Float.floatToIntBits((float) random.nextGaussian()) >>> 16));
        }
        return new FloatTable("alpha", ElementType.BF16, DELTA.valueHeads(), HIDDEN, data);
    }
}
