package bitnet.cuda;

import bitnet.HeadType;
import bitnet.KvType;
import bitnet.cuda.driver.GpuDevice;
import bitnet.cuda.driver.GpuEvent;
import bitnet.forward.PageTable;
import bitnet.model.Activation;
import bitnet.model.ActivationPrecision;
import bitnet.model.FloatTable;
import bitnet.model.ModelConfig;
import bitnet.model.TernaryTensor;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;
import bitnet.spi.Logits;
import bitnet.spi.Progress;
import bitnet.spi.Step;
import bitnet.tensor.ElementType;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Prints what each kernel of a step takes at the shapes of BitNet b1.58 2B-4T, beside the rate at which the device copies. A
 * kernel's time is the difference between steps of {@code 2n} and of {@code n} of them, over {@code n}, each with a matrix of its own, so that
 * what a step takes beside its kernels does not count and caches do not help.
 */
final class KernelTimes {
    private static final int HIDDEN = 2560;
    private static final int FEED_FORWARD = 6912;
    private static final int VOCABULARY = 128_256;
    private static final int CONTEXT = 4096;
    private static final int MAX_ROWS = 512;
    private static final int MATRICES = Integer.getInteger("bitnet.cuda.matrices", 24);
    private static final int RUNS = Integer.getInteger("bitnet.cuda.runs", 100);

    private static final ModelConfig CONFIG = new ModelConfig(
            "bitnet-b1.58",
            "2b4t",
            MATRICES,
            HIDDEN,
            FEED_FORWARD,
            20,
            5,
            128,
            VOCABULARY,
            CONTEXT,
            1e-5f,
            Activation.SQUARED_RELU,
            new bitnet.model.Rope(new float[64]));

    private final CudaKernels kernels;
    private final PageTable pages;
    private final Kernels.Floats wide;
    private final Kernels.Floats y;
    private final Kernels.Floats hidden;
    private final Kernels.Gain gain;
    private final Kernels.Gain wideGain;
    private final Kernels.Quantized q;
    private final Kernels.Quantized wideQ;

    private KernelTimes(CudaKernels kernels) {
        this.kernels = kernels;
        pages = new PageTable(kernels);
        pages.reserve(CONTEXT);
        hidden = kernels.floats(HIDDEN);
        wide = kernels.floats(FEED_FORWARD);
        y = kernels.floats(2 * FEED_FORWARD);
        gain = kernels.gain(ones(HIDDEN));
        wideGain = kernels.gain(ones(FEED_FORWARD));
        q = kernels.quantized(HIDDEN, ActivationPrecision.INT8_PER_TOKEN);
        wideQ = kernels.quantized(FEED_FORWARD, ActivationPrecision.INT8_PER_TOKEN);
    }

    private static float[] ones(int columns) {
        float[] values = new float[columns];
        java.util.Arrays.fill(values, 1f);
        return values;
    }

    /** Prints the report. */
    public static void main(String[] args) {
        GpuDevice device = CudaModel.device(0);
        System.out.printf("%s, %d multiprocessors%n", device.name(), device.multiprocessors());
        copies(device);
        CompileOptions options =
                new CompileOptions(CONTEXT, 0, MAX_ROWS, KvType.F16, 0, Progress.NONE, Cancellation.NEVER);
        try (CudaKernels kernels = CudaKernels.open(CONFIG, options, device)) {
            new KernelTimes(kernels).report();
        }
    }

    private void report() {
        Kernels.Floats qkv = kernels.floats(3840);
        Kernels.Floats attended = kernels.floats(HIDDEN);
        List<Kernels.TernaryMatrix> qkvs = matrices(HIDDEN, 2560, 640, 640);
        List<Kernels.TernaryMatrix> outputs = matrices(HIDDEN, HIDDEN);
        List<Kernels.TernaryMatrix> gates = matrices(HIDDEN, FEED_FORWARD, FEED_FORWARD);
        List<Kernels.TernaryMatrix> downs = matrices(FEED_FORWARD, HIDDEN);
        for (int rows : new int[] {1, 8, 32, MAX_ROWS}) {
            products("norm, q k v, rope", 3840, HIDDEN, rows, i -> {
                kernels.normQuantize(hidden, gain, q);
                kernels.ternaryMatmul(qkvs.get(i), q, qkv);
                kernels.ropeStore(0, qkv);
            });
            products("norm, output, add", HIDDEN, HIDDEN, rows, i -> {
                kernels.normQuantize(attended, gain, q);
                kernels.ternaryMatmulAdd(outputs.get(i), q, hidden);
            });
            products("norm, gate and up, activation", 2 * FEED_FORWARD, HIDDEN, rows, i -> {
                kernels.normQuantize(hidden, gain, q);
                kernels.ternaryMatmul(gates.get(i), q, y);
                kernels.gate(Activation.SQUARED_RELU, y, wide);
            });
            products("norm, down, add", HIDDEN, FEED_FORWARD, rows, i -> {
                kernels.normQuantize(wide, wideGain, wideQ);
                kernels.ternaryMatmulAdd(downs.get(i), wideQ, hidden);
            });
        }
        for (int position : new int[] {511, 2047, 4000}) {
            double us = time(1, position, i -> kernels.attention(i, qkv, hidden));
            System.out.printf("attention, 1 token at position %d: %.2f us%n", position, us);
        }
        double us = time(MAX_ROWS, 0, i -> kernels.attention(i, qkv, hidden));
        System.out.printf("attention, %d tokens from 0: %.2f us%n", MAX_ROWS, us);
        head();
    }

    private interface Part {
        void record(int matrix);
    }

    private void products(String what, int rows, int columns, int tokens, Part part) {
        double us = time(tokens, 0, part);
        double bytes = rows * (double) columns / 4;
        System.out.printf(
                "%-30s %6d x %d, %3d tokens: %8.2f us, %6.0f GB/s of weights, %7.1f TOP/s%n",
                what, rows, columns, tokens, us, bytes / us / 1e3, 2.0 * rows * columns * tokens / us / 1e6);
    }

    /** Microseconds of one part. */
    private double time(int tokens, int position, Part part) {
        int half = MATRICES / 2;
        return (step(tokens, position, part, 2 * half) - step(tokens, position, part, half)) / half;
    }

    /** The median microseconds of a step of so many parts. */
    private double step(int tokens, int position, Part part, int parts) {
        Step step = new Step(MAX_ROWS);
        for (int row = 0; row < tokens; row++) {
            step.add(pages.cache(), position + row, 0, null);
        }
        Runnable program = () -> {
            for (int i = 0; i < parts; i++) {
                part.record(i);
            }
        };
        return median(() -> kernels.run(step, program));
    }

    private static double median(Runnable run) {
        List<Long> times = new ArrayList<>();
        for (int i = 0; i < RUNS + 5; i++) {
            long start = System.nanoTime();
            run.run();
            if (i >= 5) {
                times.add(System.nanoTime() - start);
            }
        }
        times.sort(null);
        return times.get(times.size() / 2) / 1e3;
    }

    private void head() {
        long bytes = (long) VOCABULARY * HIDDEN * Short.BYTES;
        List<Kernels.Head> heads = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(bytes, 64);
            SplittableRandom random = new SplittableRandom(7);
            short[] normal = new short[8 * 255 + 1];
            for (int i = 0; i < normal.length; i++) {
                normal[i] = Float.floatToFloat16((i - 1020) / 209f * 0.02f);
            }
            for (long i = 0; i < (long) VOCABULARY * HIDDEN; i++) {
                long bytes8 = random.nextLong();
                long pairs = (bytes8 & 0x00ff00ff00ff00ffL) + (bytes8 >>> 8 & 0x00ff00ff00ff00ffL);
                data.setAtIndex(ValueLayout.JAVA_SHORT, i, normal[(int) (pairs * 0x0001000100010001L >>> 48)]);
            }
            FloatTable table = new FloatTable("head", ElementType.F16, VOCABULARY, HIDDEN, data);
            heads.add(kernels.head(table, HeadType.EXACT));
            heads.add(kernels.head(table, HeadType.INT8));
        }
        SplittableRandom random = new SplittableRandom(8);
        float[] x = new float[32 * HIDDEN];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        kernels.write((DeviceRows) hidden, x);
        Kernels.Floats normed = kernels.floats(HIDDEN);
        double none = median(() -> kernels.run(outputs(1, null), () -> {}));
        System.out.printf("a step of nothing: %.2f us%n", none);
        for (Kernels.Head head : heads) {
            Runnable program = () -> {
                kernels.outputNorm(hidden, gain, normed);
                kernels.logits(head, normed);
            };
            for (int count : new int[] {1, 8, 32}) {
                for (int top : new int[] {1, 64, 256, 0}) {
                    Logits target = top == 0 ? Logits.all(VOCABULARY) : Logits.top(top);
                    Step step = outputs(count, target);
                    double us = median(() -> kernels.run(step, program));
                    System.out.printf(
                            "a step of the output norm and the %s head alone, %2d outputs, %-12s: %8.2f us%n",
                            head == heads.getFirst() ? "F16" : "int8",
                            count,
                            top == 0 ? "all logits" : "the best " + top,
                            us);
                }
            }
        }
    }

    private Step outputs(int count, @Nullable Logits target) {
        Step step = new Step(count);
        for (int i = 0; i < count; i++) {
            step.add(pages.cache(), i, 0, target);
        }
        return step;
    }

    private List<Kernels.TernaryMatrix> matrices(int columns, int... rows) {
        IntFunction<TernaryTensor> random = count -> new RandomBytes(count, columns);
        List<Kernels.TernaryMatrix> all = new ArrayList<>();
        for (int i = 0; i < MATRICES; i++) {
            List<TernaryTensor> stacked = new ArrayList<>();
            for (int count : rows) {
                stacked.add(random.apply(count));
            }
            all.add(kernels.ternary(stacked));
        }
        return all;
    }

    /** Weights of whole blocks. */
    private record RandomBytes(int rows, int columns) implements TernaryTensor {
        @Override
        public String name() {
            return "random";
        }

        @Override
        public Packed pack(SegmentAllocator allocator) {
            SplittableRandom random = new SplittableRandom(rows);
            MemorySegment codes = allocator.allocate(rows * TernaryLayout.rowBytes(columns), 64);
            for (long i = 0; i < codes.byteSize(); i++) {
                int four = random.nextInt(3) | random.nextInt(3) << 2 | random.nextInt(3) << 4 | random.nextInt(3) << 6;
                codes.set(ValueLayout.JAVA_BYTE, i, (byte) four);
            }
            return new Packed(codes, 0.02f);
        }
    }

    private static void copies(GpuDevice device) {
        long bytes = Long.getLong("bitnet.cuda.copy", 1L << 30);
        Gpu gpu = Gpu.open(device);
        try (var _ = gpu.context().enter()) {
            MemorySegment from = gpu.allocate(bytes, "a copy");
            MemorySegment to = gpu.allocate(bytes, "a copy");
            GpuEvent begin = gpu.event();
            GpuEvent end = gpu.event();
            float best = Float.POSITIVE_INFINITY;
            for (int i = 0; i < 10; i++) {
                begin.record(gpu.stream());
                gpu.stream().copy(from, to);
                end.record(gpu.stream());
                end.await("a copy");
                best = Math.min(best, end.millisecondsSince(begin));
            }
            System.out.printf("copy: %.0f GB/s read and written%n", 2 * bytes / best / 1e6);
        } finally {
            gpu.close();
        }
    }
}
