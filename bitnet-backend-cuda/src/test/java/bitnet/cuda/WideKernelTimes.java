package bitnet.cuda;

import bitnet.KvType;
import bitnet.cuda.driver.GpuDevice;
import bitnet.model.Activation;
import bitnet.model.ActivationPrecision;
import bitnet.model.ModelConfig;
import bitnet.model.Rope;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTensor;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;
import bitnet.spi.Progress;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;

/**
 * Prints what the parts of a layer take at the shapes of Bonsai 8B, as {@link KernelTimes} does at those of BitNet 2B-4T, each
 * with a matrix of its own.
 */
final class WideKernelTimes {
    private static final int HIDDEN = 4096;
    private static final int FEED_FORWARD = 12288;
    private static final int HEAD_DIM = 128;
    private static final int MAX_ROWS = 512;
    private static final int MATRICES = Integer.getInteger("bitnet.cuda.matrices", 24);

    private static final ModelConfig CONFIG = new ModelConfig(
            "qwen3",
            "bonsai-8b",
            MATRICES,
            HIDDEN,
            FEED_FORWARD,
            32,
            8,
            HEAD_DIM,
            1024,
            4096,
            1e-6f,
            Activation.SILU,
            new Rope(new float[HEAD_DIM / 2]));

    private final CudaKernels kernels;
    private final PartTimes times;

    private WideKernelTimes(CudaKernels kernels) {
        this.kernels = kernels;
        times = new PartTimes(kernels, MATRICES, MAX_ROWS);
    }

    /** Prints the report. */
    public static void main(String[] args) {
        GpuDevice device = CudaModel.device(0);
        CompileOptions options =
                new CompileOptions(4096, 0, MAX_ROWS, KvType.F16, 0, Progress.NONE, Cancellation.NEVER);
        try (CudaKernels kernels = CudaKernels.open(CONFIG, options, device)) {
            new WideKernelTimes(kernels).report();
        }
    }

    private void report() {
        int query = CONFIG.queryWidth();
        int width = query + 2 * CONFIG.kvWidth();
        Kernels.Floats hidden = kernels.floats(HIDDEN);
        Kernels.Floats attended = kernels.floats(query);
        Kernels.Floats qkv = kernels.floats(width);
        Kernels.Floats gateUp = kernels.floats(2 * FEED_FORWARD);
        Kernels.Floats gated = kernels.floats(FEED_FORWARD);
        Kernels.Gain gain = kernels.gain(ones(HIDDEN));
        Kernels.Gain headGain = kernels.gain(ones(HEAD_DIM));
        Kernels.Quantized q = kernels.quantized(HIDDEN, ActivationPrecision.WIDE_PER_TOKEN);
        Kernels.Quantized gatedQ = kernels.quantized(FEED_FORWARD, ActivationPrecision.WIDE_PER_TOKEN);
        List<Kernels.TernaryMatrix> qkvs = matrices(HIDDEN, query, CONFIG.kvWidth(), CONFIG.kvWidth());
        List<Kernels.TernaryMatrix> outputs = matrices(query, HIDDEN);
        List<Kernels.TernaryMatrix> gates = matrices(HIDDEN, FEED_FORWARD, FEED_FORWARD);
        List<Kernels.TernaryMatrix> downs = matrices(FEED_FORWARD, HIDDEN);
        IntConsumer qkvPart = i -> {
            kernels.normQuantize(hidden, gain, q);
            kernels.ternaryMatmul(qkvs.get(i), q, qkv);
        };
        IntConsumer headsPart = i -> {
            kernels.headNorm(headGain, headGain, qkv);
            kernels.ropeStore(i, qkv);
        };
        IntConsumer attentionPart = i -> kernels.attention(i, qkv, attended);
        IntConsumer outputPart = i -> {
            kernels.quantize(attended, q);
            kernels.ternaryMatmulAdd(outputs.get(i), q, hidden);
        };
        IntConsumer gatePart = i -> {
            kernels.normQuantize(hidden, gain, q);
            kernels.ternaryMatmul(gates.get(i), q, gateUp);
            kernels.gate(Activation.SILU, gateUp, gated);
        };
        IntConsumer downPart = i -> {
            kernels.quantize(gated, gatedQ);
            kernels.ternaryMatmulAdd(downs.get(i), gatedQ, hidden);
        };
        for (int rows : new int[] {1, 4, 8, 16, 32, 128, MAX_ROWS}) {
            int position = rows == MAX_ROWS ? 0 : MAX_ROWS - 1;
            double all = 0;
            all += times.print("norm, q k v", rows, position, qkvPart);
            all += times.print("norms of heads, rope", rows, position, headsPart);
            all += times.print("attention", rows, position, attentionPart);
            all += times.print("output, add", rows, position, outputPart);
            all += times.print("norm, gate and up, activation", rows, position, gatePart);
            all += times.print("down, add", rows, position, downPart);
            double layer = times.print("a layer", rows, position, i -> {
                qkvPart.accept(i);
                headsPart.accept(i);
                attentionPart.accept(i);
                outputPart.accept(i);
                gatePart.accept(i);
                downPart.accept(i);
            });
            System.out.printf("%4d tokens: parts %.2f us, a layer %.2f us%n", rows, all, layer);
        }
    }

    private List<Kernels.TernaryMatrix> matrices(int columns, int... rows) {
        List<Kernels.TernaryMatrix> all = new ArrayList<>();
        for (int i = 0; i < MATRICES; i++) {
            List<TernaryTensor> stacked = new ArrayList<>();
            for (int count : rows) {
                stacked.add(new RandomWeights(count, columns));
            }
            all.add(kernels.ternary(stacked));
        }
        return all;
    }

    private static float[] ones(int columns) {
        float[] values = new float[columns];
        java.util.Arrays.fill(values, 1f);
        return values;
    }

    private record RandomWeights(int rows, int columns) implements TernaryTensor {
        @Override
        public String name() {
            return "random";
        }

        @Override
        public ScaleGranularity granularity() {
            return ScaleGranularity.GROUP_128;
        }

        @Override
        public Packed pack(SegmentAllocator allocator) {
            SplittableRandom random = new SplittableRandom(rows);
            MemorySegment codes = allocator.allocate(rows * TernaryLayout.rowBytes(columns), 64);
            for (long i = 0; i < codes.byteSize() / Long.BYTES; i++) {
                long bits = random.nextLong();
                codes.setAtIndex(ValueLayout.JAVA_LONG, i, bits & ~(bits >>> 1 & 0x5555555555555555L)); // no code 3
            }
            MemorySegment scales =
                    allocator.allocate((long) rows * granularity().groups(columns) * Short.BYTES, 64);
            for (long i = 0; i < scales.byteSize() / Short.BYTES; i++) {
                scales.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(0.01f));
            }
            return new Packed(codes, scales);
        }
    }
}
