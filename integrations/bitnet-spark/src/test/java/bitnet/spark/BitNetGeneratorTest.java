package bitnet.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.InvalidConstraintException;
import bitnet.Message;
import bitnet.Model;
import bitnet.demo.DemoModel;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.apache.spark.SparkException;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import scala.jdk.javaapi.CollectionConverters;

/** Rows through two executors that are processes of their own. */
@Timeout(300)
class BitNetGeneratorTest {
    private static SparkSession spark;

    @BeforeAll
    static void start() throws Exception {
        spark = LocalCluster.session().getOrCreate();
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static String prompt(int id) {
        return "What is " + id % 89 + " + " + id % 53 + "?";
    }

    private static Dataset<Row> prompts(int count) {
        List<Row> rows = IntStream.range(0, count)
                .mapToObj(id -> RowFactory.create((long) id, prompt(id)))
                .toList();
        return spark.createDataFrame(
                rows, new StructType().add("id", DataTypes.LongType).add("prompt", DataTypes.StringType));
    }

    private static Dataset<Row> prompts(String... prompts) {
        return spark.createDataset(List.of(prompts), Encoders.STRING()).toDF("prompt");
    }

    private static BitNetGenerator generator() {
        return new BitNetGenerator()
                .setInputCol("prompt")
                .option("maxTokens", 12)
                .option("temperature", 0);
    }

    private static List<String> texts(Dataset<Row> answered) {
        return answered.select("answer.text").as(Encoders.STRING()).collectAsList();
    }

    /** The seed of a row as the page on Spark defines it. */
    private static long seed(long seed, String prompt) throws Exception {
        byte[] role = "user".getBytes(StandardCharsets.UTF_8);
        byte[] text = prompt.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(24 + role.length + text.length);
        bytes.putLong(seed)
                .putLong(0)
                .putInt(role.length)
                .put(role)
                .putInt(text.length)
                .put(text);
        return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(bytes.array()))
                .getLong();
    }

    @Test
    void answersAreThoseOfOneMachine() throws Exception {
        Dataset<Row> answered = generator()
                .option("temperature", 1)
                .option("seed", 11)
                .transform(prompts(400).repartition(5))
                .orderBy("id");
        List<String> expected = new ArrayList<>();
        try (Model model = Model.load(DemoModel.file())) {
            for (int id = 0; id < 400; id++) {
                var options = model.defaultOptions()
                        .withMaxTokens(12)
                        .withTemperature(1)
                        .withSeed(seed(11, prompt(id)));
                expected.add(model.generate(List.of(Message.user(prompt(id))), options)
                        .finish()
                        .text());
            }
        }
        assertThat(texts(answered)).isEqualTo(expected);
        assertThat(LocalCluster.logs(spark))
                .hasSize(2)
                .allSatisfy(log -> assertThat(log).containsOnlyOnce("SharedModel: loaded"));
    }

    @Test
    void rowsKeepTheirColumnsAndOrder() {
        List<Row> rows = generator()
                .setOutputCol("sum")
                .transform(prompts(50).coalesce(1))
                .collectAsList();
        assertThat(rows)
                .extracting(row -> row.getLong(0))
                .isEqualTo(IntStream.range(0, 50).mapToObj(i -> (long) i).toList());
        assertThat(rows.get(0).schema().simpleString())
                .isEqualTo("struct<id:bigint,prompt:string,sum:struct<text:string,finishReason:string,"
                        + "usage:struct<promptTokens:int,completionTokens:int>,error:string>>");
        assertThat(rows.get(27).getStruct(2).getString(0)).isEqualTo("27 + 27 = 54.");
        assertThat(rows.get(27).getStruct(2).getString(1)).isEqualTo("STOP");
        assertThat(rows.get(27).getStruct(2).isNullAt(3)).isTrue();
    }

    @Test
    void aPipelineIsSavedAndLoaded(@TempDir Path directory) throws Exception {
        var pipeline = new Pipeline().setStages(new PipelineStage[] {generator().setInFlight(3)});
        PipelineModel model = pipeline.fit(prompts(1));
        model.save(directory.resolve("model").toString());
        PipelineModel loaded = PipelineModel.load(directory.resolve("model").toString());
        assertThat(loaded.stages()[0].explainParams()).isEqualTo(model.stages()[0].explainParams());
        assertThat(texts(loaded.transform(prompts("What is 27 + 48?")))).containsExactly("27 + 48 = 75.");
    }

    @Test
    void templatesAndConversationsAreAnswered() {
        Dataset<Row> numbers = spark.sql("SELECT * FROM VALUES (27, 48), (1, NULL) AS t(a, `b.c`)");
        var generator = new BitNetGenerator().option("maxTokens", 12).option("temperature", 0);
        Dataset<Row> answered = generator.setTemplate("What is {a} + {b.c}?").transform(numbers);
        assertThat(answered.select("answer.text").collectAsList())
                .containsExactly(RowFactory.create("27 + 48 = 75."), RowFactory.create((Object) null));

        Dataset<Row> conversations = spark.sql("SELECT array(named_struct('role', role, 'content', content)) AS said "
                + "FROM VALUES ('user', 'What is 27 + 48?'), ('robot', 'Hi'), ('user', NULL) AS t(role, content)");
        List<Row> rows = new BitNetGenerator()
                .option("maxTokens", 12)
                .option("temperature", 0)
                .setInputCol("said")
                .transform(conversations)
                .select("answer.text", "answer.error")
                .collectAsList();
        assertThat(rows.get(0).getString(0)).isEqualTo("27 + 48 = 75.");
        assertThat(rows.get(1).getString(1))
                .endsWith("a message has the role 'robot', expected system, user or assistant");
        assertThat(rows.get(2).getString(1)).endsWith("a message has no role or no content");
    }

    @Test
    void equalPromptsHaveOneAnswerUnlessAColumnTellsThemApart() {
        Dataset<Row> rows = spark.range(20).withColumn("prompt", functions.lit("Tell me a story."));
        var generator = generator().option("temperature", 1.5).option("maxTokens", 12);
        assertThat(texts(generator.transform(rows)).stream().distinct()).hasSize(1);
        assertThat(texts(generator.setSeedCol("id").transform(rows)).stream().distinct())
                .hasSizeGreaterThan(1);
    }

    @Test
    void answersFollowASchema() {
        List<String> texts = texts(generator()
                .option("maxTokens", 20)
                .option("jsonSchema", "{\"enum\":[\"good\",\"bad\"]}")
                .transform(prompts(20)));
        assertThat(texts).hasSize(20).isSubsetOf("\"good\"", "\"bad\"");
    }

    @Test
    void aBadRowIsAnErrorInItsColumn() {
        Dataset<Row> rows = prompts("What is 1 + 2?", "word ".repeat(5000), "What is 3 + 4?");
        List<Row> answers = generator()
                .transform(rows)
                .select("answer.text", "answer.error")
                .collectAsList();
        assertThat(answers).hasSize(3);
        assertThat(answers.get(0).getString(0)).isEqualTo("1 + 2 = 3.");
        assertThat(answers.get(1).isNullAt(0)).isTrue();
        assertThat(answers.get(1).getString(1)).startsWith("ContextOverflowException: ");
        assertThat(answers.get(2).getString(0)).isEqualTo("3 + 4 = 7.");

        assertThatThrownBy(() -> generator().setFailFast(true).transform(rows).collectAsList())
                .isInstanceOf(SparkException.class)
                .hasStackTraceContaining("a row cannot be answered: ContextOverflowException");
    }

    @Test
    void accumulatorsCountRowsTokensAndErrors() throws Exception {
        Map<String, Object> counted = new ConcurrentHashMap<>();
        spark.sparkContext().addSparkListener(new SparkListener() {
            @Override
            public void onStageCompleted(SparkListenerStageCompleted stage) {
                for (AccumulableInfo info : CollectionConverters.asJava(
                        stage.stageInfo().accumulables().values())) {
                    if (info.name().exists(name -> name.startsWith("bitnet."))) {
                        counted.put(info.name().get(), info.value().get());
                    }
                }
            }
        });
        generator()
                .transform(prompts("What is 1 + 2?", "word ".repeat(5000), "What is 3 + 4?"))
                .collectAsList();
        spark.sparkContext().listenerBus().waitUntilEmpty();
        assertThat(counted).containsEntry("bitnet.rows", 3L).containsEntry("bitnet.errors", 1L);
        assertThat((Long) counted.get("bitnet.promptTokens")).isBetween(20L, 100L);
        assertThat((Long) counted.get("bitnet.completionTokens")).isBetween(8L, 24L);
    }

    @Test
    void whatEveryRowWouldBeRefusedForIsRefusedAtOnce() {
        StructType schema = prompts(1).schema();
        assertThatThrownBy(() -> new BitNetGenerator().transformSchema(schema))
                .hasMessage("a prompt comes from one of inputCol and template");
        assertThatThrownBy(() -> generator().setTemplate("{id}").transformSchema(schema))
                .hasMessage("a prompt comes from one of inputCol and template");
        assertThatThrownBy(() -> generator().setInputCol("text").transformSchema(schema))
                .hasMessage("inputCol names 'text', which is none of the columns id, prompt");
        assertThatThrownBy(() -> generator().setInputCol("id").transformSchema(schema))
                .hasMessageStartingWith("inputCol is 'id' of type BIGINT, expected STRING or ARRAY<STRUCT<");
        assertThatThrownBy(() -> generator().setOutputCol("id").transformSchema(schema))
                .hasMessage("outputCol is 'id', and there is such a column already");
        assertThatThrownBy(() -> generator().setSeedCol("prompt").transformSchema(schema))
                .hasMessage("seedCol is 'prompt' of type STRING, expected BIGINT or INT");
        assertThatThrownBy(() -> new BitNetGenerator().setTemplate("a {id").transformSchema(schema))
                .hasMessageStartingWith("the template 'a {id' has a brace at 2 that names no column");
        assertThatThrownBy(() -> generator().option("maxToken", 1).transformSchema(schema))
                .hasMessageStartingWith("there is no option maxToken; there are chat, contextLength, ");
        assertThatThrownBy(() -> generator().option("jsonSchema", "{").transformSchema(schema))
                .isInstanceOf(InvalidConstraintException.class);
        assertThatThrownBy(() -> generator().setInFlight(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
