package bitnet.spark;

import bitnet.Embedding;
import bitnet.Usage;
import bitnet.batch.Answer;
import bitnet.batch.Embedded;
import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * What a job has done so far, as accumulators that Spark's pages show with the stages. An attempt that is repeated counts again. One thread
 * at a time.
 *
 * @param rows rows that have a result
 * @param errors how many of them have an error
 * @param promptTokens tokens of prompts
 * @param cachedTokens how many of them were in a cache, and not computed
 * @param completionTokens tokens that were generated
 */
record Counters(
        LongAccumulator rows,
        LongAccumulator errors,
        LongAccumulator promptTokens,
        LongAccumulator cachedTokens,
        LongAccumulator completionTokens)
        implements Serializable {
    static Counters of(SparkContext context) {
        return new Counters(
                context.longAccumulator("bitnet.rows"),
                context.longAccumulator("bitnet.errors"),
                context.longAccumulator("bitnet.promptTokens"),
                context.longAccumulator("bitnet.cachedTokens"),
                context.longAccumulator("bitnet.completionTokens"));
    }

    void add(Embedded embedded) {
        rows.add(1L);
        Embedding embedding = embedded.embedding();
        if (embedding == null) {
            errors.add(1L);
        } else {
            promptTokens.add((long) embedding.tokens());
        }
    }

    void add(Answer answer) {
        rows.add(1L);
        Usage usage = answer.usage();
        if (usage == null) {
            errors.add(1L);
        } else {
            promptTokens.add((long) usage.promptTokens());
            cachedTokens.add((long) usage.cachedTokens());
            completionTokens.add((long) usage.completionTokens());
        }
    }
}
