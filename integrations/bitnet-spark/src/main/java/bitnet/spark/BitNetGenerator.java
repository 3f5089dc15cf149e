package bitnet.spark;

import bitnet.GenerationOptions;
import bitnet.batch.NamedOptions;
import bitnet.batch.RowOptions;
import java.util.Map;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Answers each row: a prompt, a template filled with columns, or a conversation. The answer is a struct of {@code text}, {@code
 * finishReason}, {@code usage} and {@code error}; it has the same bits on every executor and in every attempt.
 *
 * <p>All tasks of an executor share one model, and each has up to {@link #inFlight()} rows under way, so that they fill the same steps.
 * Rows stay in their order. A null is answered with a null.
 *
 * <p>{@code docs/spark.md} has the options.
 */
public final class BitNetGenerator extends BitNetTransformer<BitNetGenerator> {
    private static final long serialVersionUID = 1L;
    private static final int IN_FLIGHT = 16;

    public BitNetGenerator() {
        this(Identifiable$.MODULE$.randomUID("bitnetGenerator"));
    }

    public BitNetGenerator(String uid) {
        super(uid, Configured.GENERATE, IN_FLIGHT);
        setDefault(outputCol(), "answer");
    }

    /** Reads what {@code write()} wrote. */
    public static MLReader<BitNetGenerator> read() {
        return new DefaultParamsReader<>();
    }

    /** Reads what {@code write().save(path)} wrote. */
    public static BitNetGenerator load(String path) {
        return read().load(path);
    }

    /** A text that becomes the prompt when columns are put in for their names in braces, such as {@code {title}}; <code>{{</code> is a brace. */
    public Param<String> template() {
        return text("template", "a prompt with names of columns in braces");
    }

    /** A column of whole numbers that go into the seeds of rows: for equal prompts that are to have different answers. */
    public Param<String> seedCol() {
        return text("seedCol", "a column of whole numbers that go into the seeds");
    }

    public BitNetGenerator setTemplate(String text) {
        return with(template(), text);
    }

    public BitNetGenerator setSeedCol(String column) {
        return with(seedCol(), column);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if a column or an option is missing, of the wrong kind, or unknown
     * @throws bitnet.InvalidConstraintException if no answer can be made to follow the schema, expression or grammar
     */
    @Override
    public StructType transformSchema(StructType schema) {
        boolean conversation = false;
        if (isDefined(template()) == isDefined(inputCol())) {
            throw new IllegalArgumentException("a prompt comes from one of inputCol and template");
        }
        if (isDefined(template())) {
            Template.parse(getOrDefault(template()))
                    .columns()
                    .forEach(column -> Columns.type(schema, column, "template"));
        } else {
            DataType type = Columns.type(schema, getOrDefault(inputCol()), "inputCol");
            conversation = Conversations.isConversation(type);
            if (!conversation && !type.equals(DataTypes.StringType)) {
                throw new IllegalArgumentException("inputCol is '" + getOrDefault(inputCol()) + "' of type "
                        + type.sql() + ", expected STRING or " + Conversations.TYPE.sql());
            }
        }
        if (isDefined(seedCol())) {
            DataType type = Columns.type(schema, getOrDefault(seedCol()), "seedCol");
            if (!type.equals(DataTypes.LongType) && !type.equals(DataTypes.IntegerType)) {
                throw new IllegalArgumentException("seedCol is '" + getOrDefault(seedCol()) + "' of type " + type.sql()
                        + ", expected BIGINT or INT");
            }
        }
        RowOptions options = check(effectiveOptions());
        if (conversation && (!options.system().isEmpty() || !options.chat())) {
            throw new IllegalArgumentException("the options system and chat are for prompts, and '"
                    + getOrDefault(inputCol()) + "' has conversations");
        }
        return Columns.appended(schema, getOrDefault(outputCol()), AnswerRow.TYPE, "outputCol");
    }

    /** Refuses on the driver what every row would be refused for. */
    static RowOptions check(Map<String, String> named) {
        NamedOptions options = new NamedOptions(named);
        ExecutorModel.check(options);
        RowOptions rows = RowOptions.of(options, GenerationOptions.defaults());
        options.end();
        return rows;
    }

    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        StructType schema = transformSchema(dataset.schema());
        Column input = isDefined(template())
                ? Template.parse(getOrDefault(template())).column()
                : Columns.named(getOrDefault(inputCol()));
        Column seed = isDefined(seedCol()) ? Columns.named(getOrDefault(seedCol())) : functions.lit(0L);
        var rows = new GenerateRows(
                effectiveOptions(),
                (Integer) getOrDefault(inFlight()),
                (Boolean) getOrDefault(failFast()),
                Counters.of(dataset.sparkSession().sparkContext()));
        return dataset.select(functions.col("*"), input, seed.cast(DataTypes.LongType))
                .mapPartitions(rows, Encoders.row(schema));
    }
}
