package bitnet.spark;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.Model;
import bitnet.batch.InFlight;
import bitnet.batch.NamedOptions;
import bitnet.batch.RowGenerator;
import bitnet.batch.RowOptions;
import bitnet.demo.DemoModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.SparkListenerSpeculativeTaskSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whatever happens to executors and tasks, the rows are those of one machine. {@code -Dbitnet.spark.rows=5000} makes them more.
 */
@Timeout(400)
class FailuresTest {
    private static final int ROWS = Integer.getInteger("bitnet.spark.rows", 1500);
    private static final Map<String, String> OPTIONS = Map.of("maxTokens", "4", "temperature", "1");

    private static SparkSession spark;
    private static List<String> expected;

    @BeforeAll
    static void start() throws Exception {
        spark = LocalCluster.session()
                .config("spark.shuffle.io.maxRetries", 1) // of what a killed executor had
                .config("spark.shuffle.io.retryWait", "1s")
                .config("spark.speculation", true) // of tasks that take longer than the first that end
                .config("spark.speculation.interval", "50ms")
                .config("spark.speculation.minTaskRuntime", "50ms")
                .config("spark.speculation.quantile", 0.1)
                .config("spark.speculation.multiplier", 1.01)
                .getOrCreate();
        expected = new ArrayList<>();
        try (Model model = Model.load(DemoModel.file())) {
            var generator = new RowGenerator(model, RowOptions.of(new NamedOptions(OPTIONS), model.defaultOptions()));
            try (var texts = new InFlight<Integer, String>(
                    IntStream.range(0, ROWS).iterator(),
                    32,
                    id -> generator.answer(prompt(id), 0).text(),
                    () -> false)) {
                texts.forEachRemaining(expected::add);
            }
        }
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static String prompt(int id) {
        return id + " + " + id % 7 + "?";
    }

    private static Dataset<Row> prompts(int count) {
        return spark.range(count).selectExpr("id", "concat(id, ' + ', id % 7, '?') AS prompt");
    }

    private static BitNetGenerator generator() {
        var generator = new BitNetGenerator().setInputCol("prompt");
        OPTIONS.forEach(generator::option);
        return generator;
    }

    private static List<String> texts(Dataset<Row> prompts) {
        return generator()
                .transform(prompts)
                .orderBy("id")
                .select("answer.text")
                .as(Encoders.STRING())
                .collectAsList();
    }

    @Test
    void anExecutorIsKilledMidway() throws Exception {
        AtomicBoolean killed = new AtomicBoolean();
        AtomicInteger added = new AtomicInteger();
        var killer = new SparkListener() {
            @Override
            public void onTaskEnd(SparkListenerTaskEnd end) {
                // the first partition of answers is done, the second is under way
                if (end.taskMetrics() != null
                        && end.taskInfo()
                                .accumulables()
                                .exists(info -> info.name().contains("bitnet.rows"))
                        && killed.compareAndSet(false, true)) {
                    ProcessHandle.current()
                            .children()
                            .filter(process ->
                                    process.info().command().orElse("").endsWith("java")) // the executors
                            .findFirst()
                            .orElseThrow()
                            .destroyForcibly(); // SIGKILL
                }
            }

            @Override
            public void onExecutorAdded(SparkListenerExecutorAdded executor) {
                added.incrementAndGet();
            }
        };
        spark.sparkContext().addSparkListener(killer);
        try {
            assertThat(texts(prompts(ROWS).repartition(8))).isEqualTo(expected);
        } finally {
            spark.sparkContext().removeSparkListener(killer);
        }
        assertThat(killed).isTrue();
        assertThat(added).hasPositiveValue();
    }

    /** It is computed by both executors, since the second has nothing else to do. */
    @Test
    void aPartitionIsMuchLargerThanOthers() {
        AtomicInteger speculated = new AtomicInteger();
        var listener = new SparkListener() {
            @Override
            public void onSpeculativeTaskSubmitted(SparkListenerSpeculativeTaskSubmitted task) {
                speculated.incrementAndGet();
            }
        };
        spark.sparkContext().addSparkListener(listener);
        try {
            Dataset<Row> skewed = prompts(1500).repartitionByRange(3, functions.expr("greatest(id, 1470)"));
            assertThat(texts(skewed)).isEqualTo(expected.subList(0, 1500));
        } finally {
            spark.sparkContext().removeSparkListener(listener);
        }
        assertThat(speculated).hasPositiveValue();
    }

    @Test
    void aRowIsPoisoned() {
        Dataset<Row> poisoned =
                prompts(300).withColumn("prompt", functions.expr("if(id = 150, repeat('word ', 5000), prompt)"));
        List<String> texts = texts(poisoned);
        assertThat(texts.get(150)).isNull();
        assertThat(texts.subList(0, 150)).isEqualTo(expected.subList(0, 150));
        assertThat(texts.subList(151, 300)).isEqualTo(expected.subList(151, 300));
    }

    @Test
    void aCancelledJobLeavesNothingRunning() throws Exception {
        Dataset<Row> endless = new BitNetGenerator()
                .setInputCol("prompt")
                .option("maxTokens", 100_000)
                .option("regex", "a*")
                .transform(prompts(10_000).repartition(2));
        AtomicInteger started = new AtomicInteger();
        spark.sparkContext().addSparkListener(new SparkListener() {
            @Override
            public void onTaskStart(SparkListenerTaskStart start) {
                started.incrementAndGet();
            }
        });
        CompletableFuture<Void> job = CompletableFuture.runAsync(() -> {
            spark.sparkContext().setJobGroup("endless", "never ends by itself", false);
            endless.collectAsList();
        });
        while (started.get() < 4) {
            Thread.sleep(50);
        }
        Thread.sleep(1500);
        spark.sparkContext().cancelJobGroup("endless");
        assertThat(job).failsWithin(Duration.ofSeconds(60));
        assertThat(running().stream().mapToInt(Integer::intValue)).hasSize(2).containsOnly(0);
    }

    /** Generations that run in each executor once its slot is free again. */
    private static List<Integer> running() {
        Map<String, String> options = Configured.options(Configured.GENERATE);
        MapPartitionsFunction<Long, Integer> ask = rows -> {
            Thread.sleep(1000); // so that each executor gets one of the tasks
            Model model = ExecutorModel.untilEnd(
                            TaskContext.get(), ExecutorModel.lease(new NamedOptions(options), TaskContext.get()))
                    .model();
            return List.of(model.stats().running() + model.stats().queued()).iterator();
        };
        return spark.range(0, 2, 1, 2)
                .map((MapFunction<Long, Long>) id -> id, Encoders.LONG())
                .mapPartitions(ask, Encoders.INT())
                .collectAsList();
    }
}
