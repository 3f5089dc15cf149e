package bitnet.benchmarks;

import bitnet.model.Activation;
import bitnet.model.ActivationPrecision;
import bitnet.spi.Kernels;
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

/** The operations between the products: embedding, norms and quantisation, gate, rope and store, attention. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@SuppressWarnings("NullAway.Init") // set up before each trial
public class RowsBenchmark {
    /** See {@link Variant}. */
    @Param({"native", "vector"})
    public String variant = "native";

    /** 0 means one for each core. */
    @Param("0")
    public int threads;

    /** Tokens of a step. */
    @Param({"1", "512"})
    public int tokens = 1;

    /** Positions before the step. */
    @Param("512")
    public int context = 512;

    private final Arena arena = Arena.ofShared();
    private Bench bench;
    private Kernels kernels;
    private Kernels.Embedding embedding;
    private Kernels.Gain gain;
    private Kernels.Floats hidden;
    private Kernels.Quantized codes;
    private Kernels.Floats gateUp;
    private Kernels.Floats gated;
    private Kernels.Floats qkv;
    private Kernels.Floats attended;

    /** Fills the buffers, and the cache up to the step's last position. */
    @Setup
    public void setUp() {
        bench = new Bench(variant, threads, Shapes.layer(4096), Math.max(tokens, 64));
        kernels = bench.kernels;
        embedding = kernels.embedding(Shapes.table(arena, 4096, Shapes.HIDDEN, 1));
        gain = kernels.gain(Shapes.normal(Shapes.HIDDEN, 2));
        hidden = kernels.floats(Shapes.HIDDEN);
        codes = kernels.quantized(Shapes.HIDDEN, ActivationPrecision.INT8_PER_TOKEN);
        gateUp = kernels.floats(2 * Shapes.FEED_FORWARD);
        gated = kernels.floats(Shapes.FEED_FORWARD);
        qkv = kernels.floats(Shapes.QKV);
        attended = kernels.floats(Shapes.HIDDEN);
        bench.fill(hidden, Shapes.HIDDEN, tokens, embedding);
        bench.fill(gateUp, 2 * Shapes.FEED_FORWARD, tokens, embedding);
        bench.fill(qkv, Shapes.QKV, Math.max(tokens, 64), embedding);
        for (int position = 0; position < context + tokens; position += 64) {
            bench.rows(position, 64, null);
            bench.run(() -> kernels.ropeStore(0, qkv));
        }
        bench.fill(qkv, Shapes.QKV, tokens, embedding);
        bench.rows(context, tokens, null);
    }

    /** Looks up rows of the embedding. */
    @Benchmark
    public void embed() {
        bench.run(() -> kernels.embed(embedding, hidden));
    }

    /** Norm and quantisation. */
    @Benchmark
    public void normQuantize() {
        bench.run(() -> kernels.normQuantize(hidden, gain, codes));
    }

    /** The gate of 2B-4T. */
    @Benchmark
    public void gate() {
        bench.run(() -> kernels.gate(Activation.SQUARED_RELU, gateUp, gated));
    }

    /** The gate of the 1bitLLM family. */
    @Benchmark
    public void gateSilu() {
        bench.run(() -> kernels.gate(Activation.SILU, gateUp, gated));
    }

    /** Rotation and cache. */
    @Benchmark
    public void ropeStore() {
        bench.run(() -> kernels.ropeStore(0, qkv));
    }

    /** Attention of one layer. */
    @Benchmark
    public void attention() {
        bench.run(() -> kernels.attention(0, qkv, attended));
    }

    /** Frees the buffers. */
    @TearDown
    public void tearDown() {
        bench.close();
        arena.close();
    }
}
