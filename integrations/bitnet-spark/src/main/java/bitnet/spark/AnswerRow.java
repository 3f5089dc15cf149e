package bitnet.spark;

import bitnet.Usage;
import bitnet.batch.Answer;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Answers as a column. How much of a prompt was cached depends on what else the executor does, so it is counted for the job and not
 * written into rows, which are the same every time.
 */
final class AnswerRow {
    static final StructType TYPE = new StructType()
            .add("text", DataTypes.StringType)
            .add("finishReason", DataTypes.StringType)
            .add(
                    "usage",
                    new StructType()
                            .add("promptTokens", DataTypes.IntegerType)
                            .add("completionTokens", DataTypes.IntegerType))
            .add("error", DataTypes.StringType);

    private AnswerRow() {}

    static Row of(Answer answer) {
        Usage usage = answer.usage();
        return RowFactory.create(
                answer.text(),
                answer.finishReason() == null ? null : answer.finishReason().name(),
                usage == null ? null : RowFactory.create(usage.promptTokens(), usage.completionTokens()),
                answer.error());
    }
}
