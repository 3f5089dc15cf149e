package bitnet.benchmarks;

import bitnet.cpu.Workers;
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

/** What it costs to have all workers do nothing: the price of each operation beside its work. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // set up before each trial
public class WorkersBenchmark {
    /** Workers, the caller among them. */
    @Param({"1", "2"})
    public int count = 2;

    private final Workers.Task nothing = worker -> {};
    private Workers workers;

    /** Starts the workers. */
    @Setup
    public void setUp() {
        workers = new Workers(count);
    }

    /** One empty task. */
    @Benchmark
    public void emptyTask() {
        workers.run(nothing);
    }

    /** Ends the workers. */
    @TearDown
    public void tearDown() {
        workers.close();
    }
}
