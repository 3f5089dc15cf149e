package bitnet.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.EmbeddingModel;
import bitnet.Model;
import bitnet.batch.ModelLease;
import bitnet.batch.ModelSource;
import bitnet.batch.NamedOptions;
import bitnet.batch.RowGenerator;
import bitnet.batch.RowOptions;
import bitnet.demo.DemoModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** ML_PREDICT on a MiniCluster. */
@Timeout(120)
@SuppressWarnings("try") // Flink's iterators may be interrupted when they are closed
class MlPredictTest {
    private static final Map<String, String> MODEL =
            Map.of("model", DemoModel.file().toString(), "threads", "1");
    private static final String EMBEDDING = Path.of(
                    "../../bitnet-cli/src/test/resources/bitnet/cli/tiny-embedding.gguf")
            .toAbsolutePath()
            .normalize()
            .toString();

    private StreamExecutionEnvironment environment;
    private StreamTableEnvironment tables;

    @BeforeEach
    void start() {
        Configuration configuration = new Configuration();
        configuration.setString("rest.bind-address", "127.0.0.1");
        configuration.setString("restart-strategy.type", "fixed-delay");
        configuration.setString("restart-strategy.fixed-delay.attempts", "1");
        configuration.setString("restart-strategy.fixed-delay.delay", "10 ms");
        environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        environment.setParallelism(1);
        tables = StreamTableEnvironment.create(environment);
    }

    private void model(String output, String... options) {
        StringBuilder more = new StringBuilder();
        for (int i = 0; i < options.length; i += 2) {
            more.append(", '")
                    .append(options[i])
                    .append("' = '")
                    .append(options[i + 1])
                    .append("'");
        }
        tables.executeSql("CREATE TEMPORARY MODEL m INPUT (prompt STRING) OUTPUT (" + output
                + ") WITH ('provider' = 'bitnet', 'model' = '" + DemoModel.file() + "', 'threads' = '1'" + more + ")");
    }

    private List<Row> predict(String values, String config) throws Exception {
        List<Row> rows = new ArrayList<>();
        tables.executeSql("CREATE TEMPORARY VIEW asked AS SELECT * FROM (VALUES " + values + ") AS t(prompt)");
        var query = "SELECT * FROM ML_PREDICT(TABLE asked, MODEL m, DESCRIPTOR(prompt)" + config + ")";
        try (CloseableIterator<Row> results = tables.executeSql(query).collect()) {
            results.forEachRemaining(rows::add);
        } finally {
            tables.executeSql("DROP TEMPORARY VIEW asked");
        }
        return rows;
    }

    private static String prompt(long id) {
        return "Tell me about the number " + id;
    }

    private static Map<Long, String> expected(int count, Map<String, String> named) {
        Map<Long, String> expected = new TreeMap<>();
        try (ModelLease<Model> lease = lease()) {
            RowOptions options =
                    RowOptions.of(new NamedOptions(named), lease.model().defaultOptions());
            RowGenerator generator = new RowGenerator(lease.model(), options);
            for (long id = 0; id < count; id++) {
                expected.put(id, generator.answer(prompt(id), 0).text());
            }
        }
        return expected;
    }

    private static ModelLease<Model> lease() {
        return ModelLease.of(ModelSource.of(new NamedOptions(MODEL)), Duration.ofSeconds(60));
    }

    @Test
    void answersComeOneByOneAndSideBySide() throws Exception {
        model("answer STRING", "temperature", "0", "maxTokens", "12");
        for (String async : List.of("true", "false")) {
            assertThat(predict("('What is 27 + 48?'), (CAST(NULL AS STRING))", ", MAP['async', '" + async + "']"))
                    .containsExactlyInAnyOrder(Row.of("What is 27 + 48?", "27 + 48 = 75."), Row.of(null, null));
        }
    }

    @Test
    void aBadRowIsAnErrorInItsColumnOrFailsTheJob() throws Exception {
        String values = "('What is 1 + 2?'), (REPEAT('word ', 5000))";
        model("answer STRING, error STRING", "temperature", "0", "maxTokens", "12");
        List<Row> rows = predict(values, ", MAP['async', 'true']");
        assertThat(rows).extracting(row -> row.getField("answer")).containsExactlyInAnyOrder("1 + 2 = 3.", null);
        assertThat(rows)
                .extracting(row -> String.valueOf(row.getField("error")).split(":")[0])
                .containsExactlyInAnyOrder("null", "ContextOverflowException");

        tables.executeSql("DROP TEMPORARY MODEL m");
        model("answer STRING");
        assertThatThrownBy(() -> predict(values, ", MAP['async', 'true']"))
                .hasStackTraceContaining("a row has no result: ContextOverflowException");
    }

    @Test
    void vectorsAreThoseOfTheModel() throws Exception {
        tables.executeSql(
                "CREATE TEMPORARY MODEL m INPUT (text STRING) OUTPUT (vector ARRAY<FLOAT>) WITH ('provider' = 'bitnet', "
                        + "'model' = '" + EMBEDDING + "')");
        Float[] vector = (Float[])
                predict("('one text')", ", MAP['async', 'true']").getFirst().getField("vector");
        try (EmbeddingModel model = EmbeddingModel.load(Path.of(EMBEDDING))) {
            float[] expected = model.embed("one text").vector();
            assertThat(vector)
                    .containsExactly(IntStream.range(0, expected.length)
                            .mapToObj(i -> expected[i])
                            .toArray(Float[]::new));
        }
    }

    @Test
    void whatEveryRowWouldBeRefusedForIsRefusedAtOnce() {
        model("answer STRING", "maxToken", "5");
        assertThatThrownBy(() -> predict("('a')", "")).hasStackTraceContaining("there is no option maxToken");
        tables.executeSql("DROP TEMPORARY MODEL m");
        model("answer INT");
        assertThatThrownBy(() -> predict("('a')", "")).hasStackTraceContaining("a bitnet model has an output column");
    }

    /** Fails once, after a checkpoint, somewhere in the middle. */
    private static final class FailsOnce implements MapFunction<Long, String>, CheckpointListener {
        private static final long serialVersionUID = 1L;
        private static final AtomicBoolean CHECKPOINT = new AtomicBoolean();
        private static final AtomicInteger FAILURES = new AtomicInteger();

        @Override
        public String map(Long id) throws Exception {
            Thread.sleep(5);
            if (id >= 40 && CHECKPOINT.get() && FAILURES.compareAndSet(0, 1)) {
                throw new IllegalStateException("as if the machine had failed");
            }
            return prompt(id);
        }

        @Override
        public void notifyCheckpointComplete(long id) {
            CHECKPOINT.set(true);
        }
    }

    @Test
    void aJobThatFailsGoesOnFromItsCheckpointWithTheSameRowsAndNeverMoreInFlight() throws Exception {
        environment.enableCheckpointing(100);
        model("answer STRING", "temperature", "1", "maxTokens", "24");
        DataStream<String> prompts =
                environment.fromSequence(0, 149).map(new FailsOnce()).returns(Types.STRING);
        tables.createTemporaryView("prompts", tables.fromDataStream(prompts).as("prompt"));
        DataStream<Row> results =
                tables.toDataStream(tables.sqlQuery("SELECT prompt, answer FROM ML_PREDICT(TABLE prompts, MODEL m, "
                        + "DESCRIPTOR(prompt), MAP['async', 'true', 'max-concurrent-operations', '6'])"));
        AtomicInteger most = new AtomicInteger();
        Map<Long, String> answers = new TreeMap<>();
        int count = 0;
        try (ModelLease<Model> lease = lease()) {
            Thread watch = Thread.startVirtualThread(() -> {
                while (!Thread.currentThread().isInterrupted()) {
                    most.accumulateAndGet(lease.model().stats().running(), Math::max);
                    LockSupport.parkNanos(1_000_000);
                }
            });
            try (CloseableIterator<Row> rows = results.executeAndCollect()) {
                while (rows.hasNext()) {
                    Row row = rows.next();
                    answers.put(
                            Long.valueOf(((String) row.getField(0)).replaceAll("\\D", "")), (String) row.getField(1));
                    count++;
                }
            }
            watch.interrupt();
            watch.join();
            assertThat(lease.model().stats().running()).isZero();
        }
        assertThat(FailsOnce.FAILURES).hasValue(1);
        assertThat(count).isEqualTo(150);
        assertThat(answers).isEqualTo(expected(150, Map.of("temperature", "1", "maxTokens", "24")));
        assertThat(most.get()).isBetween(2, 6);
    }
}
