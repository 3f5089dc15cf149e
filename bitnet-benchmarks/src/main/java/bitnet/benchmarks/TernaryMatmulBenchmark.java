package bitnet.benchmarks;

import bitnet.model.ActivationPrecision;
import bitnet.spi.Kernels;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Products of the matrices of a layer, in decode (one token) and in prefill. Matrices come from memory, not from a cache: as many as fill 200 MB. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@SuppressWarnings("NullAway.Init") // set up before each trial
public class TernaryMatmulBenchmark {
    private static final long MEMORY = 200_000_000;

    /** A matrix of a layer: its rows and columns. */
    public enum Matrix {
        QKV(Shapes.QKV, Shapes.HIDDEN),
        OUTPUT(Shapes.HIDDEN, Shapes.HIDDEN),
        GATE_UP(2 * Shapes.FEED_FORWARD, Shapes.HIDDEN),
        DOWN(Shapes.HIDDEN, Shapes.FEED_FORWARD);

        private final int rows;
        private final int columns;

        Matrix(int rows, int columns) {
            this.rows = rows;
            this.columns = columns;
        }
    }

    /** See {@link Variant}. */
    @Param({"native", "vector"})
    public String variant = "native";

    /** 0 means one for each core. */
    @Param("0")
    public int threads;

    /** Tokens of a step. */
    @Param({"1", "64", "512"})
    public int tokens = 1;

    /** Which product. */
    @Param
    public Matrix matrix = Matrix.QKV;

    private final List<Kernels.TernaryMatrix> matrices = new ArrayList<>();
    private Bench bench;
    private Runnable program;
    private int next;

    /** Packs the matrices. */
    @Setup
    public void setUp() {
        bench = new Bench(variant, threads, Shapes.layer(4096), tokens);
        Kernels kernels = bench.kernels;
        Kernels.Floats x = kernels.floats(matrix.columns);
        Kernels.Quantized q = kernels.quantized(matrix.columns, ActivationPrecision.INT8_PER_TOKEN);
        Kernels.Floats y = kernels.floats(matrix.rows);
        long bytes = (long) matrix.rows * matrix.columns / 4;
        int count = tokens == 1 ? (int) (MEMORY / bytes) : 1;
        for (int i = 0; i < count; i++) {
            matrices.add(kernels.ternary(List.of(Shapes.ternary(matrix.rows, matrix.columns, i))));
        }
        try (Arena arena = Arena.ofShared()) {
            Kernels.Embedding embedding = kernels.embedding(Shapes.table(arena, 4096, Shapes.HIDDEN, 1));
            bench.fill(x, matrix.columns, tokens, embedding);
        }
        bench.run(() -> kernels.quantize(x, q));
        program = () -> kernels.ternaryMatmul(matrices.get(next), q, y);
    }

    /** The product with the next matrix. */
    @Benchmark
    public void ternaryMatmul() {
        next = (next + 1) % matrices.size();
        bench.run(program);
    }

    /** Frees the matrices. */
    @TearDown
    public void tearDown() {
        bench.close();
    }
}
