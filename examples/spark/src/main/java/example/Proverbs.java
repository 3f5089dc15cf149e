package example;

import static org.apache.spark.ml.functions.array_to_vector;
import static org.apache.spark.sql.functions.col;

import bitnet.spark.BitNetEmbedder;
import bitnet.spark.BitNetGenerator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.PCA;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Says what proverbs are about, embeds them, and draws both: {@code Proverbs MODEL EMBEDDING-MODEL CHART.svg}. Answers are one of the
 * topics, since a regular expression leaves no other. The chart has a point for each proverb where the first two principal components
 * of its vector put it, in the colour of its topic.
 */
public final class Proverbs {
    private static final String TOPICS = "friendship|love|money|time|truth|work";

    private Proverbs() {}

    public static void main(String[] arguments) throws IOException {
        try (SparkSession spark = SparkSession.builder().appName("proverbs").getOrCreate()) {
            Dataset<Row> proverbs =
                    spark.createDataset(texts(), Encoders.STRING()).toDF("text");
            Dataset<Row> told = new Pipeline()
                    .setStages(stages(arguments[0], arguments[1]))
                    .fit(proverbs)
                    .transform(proverbs)
                    .withColumn("vector", array_to_vector(col("embedding")))
                    .cache(); // what follows reads it twice
            List<Row> points = new PCA()
                    .setInputCol("vector")
                    .setOutputCol("place")
                    .setK(2)
                    .fit(told)
                    .transform(told)
                    .select("text", "topic.text", "place")
                    .collectAsList();
            Files.writeString(Path.of(arguments[2]), Chart.of(points));
        }
    }

    private static PipelineStage[] stages(String model, String embedding) {
        return new PipelineStage[] {
            new BitNetGenerator()
                    .setTemplate("Which of these is the proverb about: " + TOPICS + "? {text}")
                    .setOutputCol("topic")
                    .option("model", model)
                    .option("regex", TOPICS)
                    .option("temperature", 0),
            new BitNetEmbedder().setInputCol("text").option("model", embedding)
        };
    }

    private static List<String> texts() throws IOException {
        try (InputStream in = Objects.requireNonNull(Proverbs.class.getResourceAsStream("proverbs.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }
}
