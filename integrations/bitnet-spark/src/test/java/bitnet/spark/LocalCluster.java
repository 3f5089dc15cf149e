package bitnet.spark;

import bitnet.demo.DemoModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** A cluster on this machine: a master and executors that are processes of their own. */
final class LocalCluster {
    private LocalCluster() {}

    /** Two executors of one core. They have the class path of this JVM; the directory of SPARK_HOME only has to be there. */
    static SparkSession.Builder session() throws IOException {
        Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return SparkSession.builder()
                .master("local-cluster[2,1,1024]")
                .config("spark.executor.extraClassPath", classes)
                .config("spark.executor.memory", "640m")
                .config("spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1 -Dlog4j2.level=WARN")
                .config("spark.ui.enabled", false)
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", 4)
                .config("spark.sql.parquet.compression.codec", "zstd")
                .config("spark.bitnet.generate.model", DemoModel.file().toString())
                .config("spark.bitnet.generate.threads", 1);
    }

    /** What the executors of an application have written to their logs. */
    static List<String> logs(SparkSession spark) throws IOException {
        Path work = Path.of(
                System.getenv("SPARK_HOME"), "work", spark.sparkContext().applicationId());
        try (Stream<Path> files = Files.walk(work)) {
            return files.filter(file -> file.endsWith("stderr"))
                    .map(LocalCluster::read)
                    .toList();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
