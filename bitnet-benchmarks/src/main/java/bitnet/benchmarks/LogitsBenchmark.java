package bitnet.benchmarks;

import bitnet.HeadType;
import bitnet.spi.Kernels;
import bitnet.spi.Logits;
import java.lang.foreign.Arena;
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

/** The head of 128256 rows in F16, or as int8: all logits, and the best few, for which the native kernels need not read F16 whole. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@SuppressWarnings("NullAway.Init") // set up before each trial
public class LogitsBenchmark {
    /** See {@link Variant}. */
    @Param({"native", "vector"})
    public String variant = "native";

    /** 0 means one for each core. */
    @Param("0")
    public int threads;

    /** How many of the best; 0 means all. */
    @Param({"0", "1", "40"})
    public int top;

    /** How logits are computed. */
    @Param({"EXACT", "INT8"})
    public HeadType head = HeadType.EXACT;

    private final Arena arena = Arena.ofShared();
    private Bench bench;
    private Runnable program;

    /** Makes the head. */
    @Setup
    public void setUp() {
        bench = new Bench(variant, threads, Shapes.layer(Shapes.VOCABULARY), 1);
        Kernels kernels = bench.kernels;
        Kernels.Embedding embedding = kernels.embedding(Shapes.table(arena, 4096, Shapes.HIDDEN, 1));
        Kernels.Head made = kernels.head(Shapes.table(arena, Shapes.VOCABULARY, Shapes.HIDDEN, 2), head);
        Kernels.Gain gain = kernels.gain(Shapes.normal(Shapes.HIDDEN, 4));
        Kernels.Floats x = kernels.floats(Shapes.HIDDEN);
        Kernels.Floats y = kernels.floats(Shapes.HIDDEN);
        bench.fill(x, Shapes.HIDDEN, 1, embedding);
        bench.rows(0, 1, top == 0 ? Logits.all(Shapes.VOCABULARY) : Logits.top(top));
        bench.run(() -> kernels.outputNorm(x, gain, y));
        program = () -> kernels.logits(made, y);
    }

    /** The logits of one row. */
    @Benchmark
    public void logits() {
        bench.run(program);
    }

    /** Frees the head. */
    @TearDown
    public void tearDown() {
        bench.close();
        arena.close();
    }
}
