package bitnet.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.Embedding;
import bitnet.EmbeddingModel;
import bitnet.EmbeddingOptions;
import bitnet.demo.DemoModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SQL functions and vectors, with tasks in this JVM. */
@Timeout(300)
class BitNetFunctionsTest {
    private static final Path EMBEDDING = Path.of("../../bitnet-cli/src/test/resources/bitnet/cli/tiny-embedding.gguf")
            .toAbsolutePath()
            .normalize();
    private static final String EMBED_OPTIONS = "map('model', '" + EMBEDDING + "')";

    private static SparkSession spark;

    @BeforeAll
    static void start() {
        spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", false)
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", 2)
                .config("spark.bitnet.generate.model", DemoModel.file().toString())
                .config("spark.bitnet.generate.threads", 1)
                .config("spark.bitnet.generate.maxTokens", 12)
                .config("spark.bitnet.generate.temperature", 0)
                .getOrCreate();
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static Dataset<Row> texts(int count) {
        List<String> texts = IntStream.range(0, count)
                .mapToObj(i -> "text number " + "and more ".repeat(i % 7) + i)
                .toList();
        return spark.createDataset(texts, Encoders.STRING()).toDF("text");
    }

    private static BitNetEmbedder embedder() {
        return new BitNetEmbedder().setInputCol("text").option("model", EMBEDDING);
    }

    private static float[] floats(Row row, int column) {
        List<Float> list = row.getList(column);
        float[] floats = new float[list.size()];
        IntStream.range(0, floats.length).forEach(i -> floats[i] = list.get(i));
        return floats;
    }

    @Test
    void sqlGenerates() {
        Row row = spark.sql("SELECT answer.* FROM (SELECT bitnet_generate('What is 27 + 48?') AS answer)")
                .first();
        assertThat(row.getString(0)).isEqualTo("27 + 48 = 75.");
        assertThat(row.schema().fieldNames()).containsExactly("text", "finishReason", "usage", "error");

        List<Row> rows = spark.sql(
                        "SELECT a, bitnet_generate(concat('What is ', a, ' + 3?'), map('seed', '3', 'maxTokens', "
                                + "'20')).text AS sum FROM VALUES (1), (2), (NULL) AS t(a)")
                .collectAsList();
        assertThat(rows.get(0).getString(1)).isEqualTo("1 + 3 = 4.");
        assertThat(rows.get(1).getString(1)).isEqualTo("2 + 3 = 5.");
        assertThat(rows.get(2).isNullAt(1)).isTrue();
    }

    @Test
    void sqlGivesWhatTheTransformerGives() {
        Dataset<Row> prompts = texts(30).withColumnRenamed("text", "prompt");
        prompts.createOrReplaceTempView("prompts");
        List<Row> byFunction = spark.sql(
                        "SELECT prompt, bitnet_generate(prompt, map('temperature', '1')) AS answer FROM prompts")
                .collectAsList();
        List<Row> byTransformer = new BitNetGenerator()
                .setInputCol("prompt")
                .option("temperature", 1)
                .transform(prompts)
                .collectAsList();
        assertThat(byFunction).isEqualTo(byTransformer);
    }

    @Test
    void aFilterOnAnAnswerComputesItOnce() {
        String plan = spark.sql(
                        "SELECT * FROM (SELECT bitnet_generate(id || '') AS a FROM range(3)) WHERE a.text != 'x'")
                .queryExecution()
                .optimizedPlan()
                .toString();
        assertThat(plan.split("bitnet_generate\\(", -1)).hasSize(2);
    }

    @Test
    void whatEveryRowWouldBeRefusedForIsRefusedAtOnce() {
        assertThatThrownBy(() -> spark.sql("SELECT bitnet_generate()"))
                .hasStackTraceContaining(
                        "bitnet_generate has 0 arguments, expected a text, and possibly a map of options");
        assertThatThrownBy(() -> spark.sql("SELECT bitnet_generate(7)"))
                .hasStackTraceContaining("bitnet_generate is called with a INT, expected a STRING");
        assertThatThrownBy(() -> spark.sql("SELECT bitnet_generate('a', map('maxToken', '7'))"))
                .hasStackTraceContaining("there is no option maxToken");
        assertThatThrownBy(() -> spark.sql("SELECT bitnet_generate('a', map('maxTokens', 7))"))
                .hasStackTraceContaining("expected a constant of type MAP<STRING, STRING>");
        assertThatThrownBy(() -> spark.sql("SELECT bitnet_generate('a', map('seed', id || '')) FROM range(2)"))
                .hasStackTraceContaining("expected a constant of type MAP<STRING, STRING>");
    }

    @Test
    void vectorsAreThoseOfOneMachine() {
        List<Row> rows = embedder().setInFlight(10).transform(texts(60)).collectAsList();
        List<Row> byFunction = spark.sql("SELECT bitnet_embed('text number 0', " + EMBED_OPTIONS + ")")
                .collectAsList();
        try (EmbeddingModel model = EmbeddingModel.load(EMBEDDING)) {
            List<Embedding> expected =
                    model.embed(texts(60).as(Encoders.STRING()).collectAsList());
            for (int i = 0; i < 60; i++) {
                assertThat(floats(rows.get(i), 1)).isEqualTo(expected.get(i).vector());
            }
            assertThat(floats(byFunction.getFirst(), 0))
                    .isEqualTo(expected.getFirst().vector());
            List<Row> fewer = embedder()
                    .option("dimensions", 8)
                    .option("prompt", "query: ")
                    .transform(texts(1))
                    .collectAsList();
            assertThat(floats(fewer.getFirst(), 1))
                    .isEqualTo(model.embed(
                                    "text number 0",
                                    EmbeddingOptions.defaults()
                                            .withDimensions(8)
                                            .withPrompt("query: "))
                            .vector());
        }
    }

    @Test
    void aTextThatIsTooLongIsAnErrorInItsColumn() {
        Dataset<Row> texts = spark.createDataset(
                        java.util.Arrays.asList("one", "word ".repeat(50_000), null, "four"), Encoders.STRING())
                .toDF("text")
                .coalesce(1);
        List<Row> rows =
                embedder().setOutputCol("v").setErrorCol("why").transform(texts).collectAsList();
        assertThat(rows).extracting(row -> row.isNullAt(1)).containsExactly(false, true, true, false);
        assertThat(rows.get(1).getString(2)).startsWith("ContextOverflowException: ");
        assertThat(rows).extracting(row -> row.isNullAt(2)).containsExactly(true, false, true, true);
        assertThatThrownBy(() -> embedder().setFailFast(true).transform(texts).collectAsList())
                .hasStackTraceContaining("a row cannot be embedded: ContextOverflowException");
    }

    @Test
    void anEmbedderIsSavedAndRefusesWhatItCannotRead(@TempDir Path directory) throws Exception {
        PipelineModel model =
                new Pipeline().setStages(new PipelineStage[] {embedder()}).fit(texts(1));
        model.save(directory.resolve("model").toString());
        PipelineModel loaded = PipelineModel.load(directory.resolve("model").toString());
        assertThat(loaded.transform(texts(1)).collectAsList())
                .isEqualTo(model.transform(texts(1)).collectAsList());

        var schema = texts(1).schema().add("n", DataTypes.LongType);
        assertThatThrownBy(() -> embedder().setInputCol("n").transformSchema(schema))
                .hasMessage("inputCol is 'n' of type BIGINT, expected STRING");
        assertThatThrownBy(() -> embedder().option("pooling", "most").transformSchema(schema))
                .hasMessage("the option pooling is 'most', expected first or last or mean");
        assertThatThrownBy(() -> embedder()
                        .option("promptName", "none")
                        .transform(texts(1))
                        .collectAsList())
                .hasStackTraceContaining("none");
    }

    @Test
    void aModelIsFoundByTheNameOfAFileThatWasAdded() {
        spark.sparkContext().addFile(EMBEDDING.toString());
        List<Row> added = new BitNetEmbedder()
                .setInputCol("text")
                .option("model", "tiny-embedding.gguf")
                .transform(texts(3))
                .collectAsList();
        assertThat(added).isEqualTo(embedder().transform(texts(3)).collectAsList());
    }

    @Test
    void theGpuOfATaskIsTheOneThatSparkGaveIt() {
        assertThat(ExecutorModel.gpu(Map.of(), 5)).isEqualTo(5);
        assertThat(ExecutorModel.gpu(Map.of("gpu", new ResourceInformation("gpu", new String[] {"3", "1"})), 5))
                .isEqualTo(3);
        assertThatThrownBy(() ->
                        ExecutorModel.gpu(Map.of("gpu", new ResourceInformation("gpu", new String[] {"GPU-ab"})), 0))
                .hasMessage("the GPU of the task has the address 'GPU-ab', expected the index of a device");
    }
}
