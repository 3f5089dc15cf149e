package bitnet.spark;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/** Options in Spark's configuration. */
final class Configured {
    static final String GENERATE = "spark.bitnet.generate.";
    static final String EMBED = "spark.bitnet.embed.";

    private Configured() {}

    /** What the session of this thread has with a prefix, by the rest of the name; nothing without a session. */
    static Map<String, String> options(String prefix) {
        Option<SparkSession> session = SparkSession.getActiveSession().orElse(SparkSession::getDefaultSession);
        Map<String, String> options = new HashMap<>();
        if (session.isDefined()) {
            CollectionConverters.asJava(session.get().conf().getAll()).forEach((name, value) -> {
                if (name.startsWith(prefix)) {
                    options.put(name.substring(prefix.length()), value);
                }
            });
        }
        return options;
    }
}
