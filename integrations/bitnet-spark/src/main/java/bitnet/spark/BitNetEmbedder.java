package bitnet.spark;

import bitnet.batch.NamedOptions;
import bitnet.batch.RowEmbedder;
import java.util.Map;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Makes a vector of each row's text: an array of floats, with the same bits on every executor and in every attempt. All tasks of an
 * executor share one model. A text that can have no vector has null, and the reason in {@link #errorCol()}. Rows stay in their order.
 *
 * <p>{@code docs/spark.md} has the options.
 */
public final class BitNetEmbedder extends BitNetTransformer<BitNetEmbedder> {
    private static final long serialVersionUID = 1L;
    private static final int IN_FLIGHT = 64;

    public BitNetEmbedder() {
        this(Identifiable$.MODULE$.randomUID("bitnetEmbedder"));
    }

    public BitNetEmbedder(String uid) {
        super(uid, Configured.EMBED, IN_FLIGHT);
        setDefault(outputCol(), "embedding");
        setDefault(errorCol(), "embeddingError");
    }

    /** Reads what {@code write()} wrote. */
    public static MLReader<BitNetEmbedder> read() {
        return new DefaultParamsReader<>();
    }

    /** Reads what {@code write().save(path)} wrote. */
    public static BitNetEmbedder load(String path) {
        return read().load(path);
    }

    /** The column that says why a text has no vector, null where it has one. */
    public Param<String> errorCol() {
        return text("errorCol", "the column that says why a text has no vector");
    }

    public BitNetEmbedder setErrorCol(String column) {
        return with(errorCol(), column);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if a column or an option is missing, of the wrong kind, or unknown
     */
    @Override
    public StructType transformSchema(StructType schema) {
        DataType type = Columns.type(schema, getOrDefault(inputCol()), "inputCol");
        if (!type.equals(DataTypes.StringType)) {
            throw new IllegalArgumentException(
                    "inputCol is '" + getOrDefault(inputCol()) + "' of type " + type.sql() + ", expected STRING");
        }
        check(effectiveOptions());
        StructType embedded = Columns.appended(schema, getOrDefault(outputCol()), EmbedRows.TYPE, "outputCol");
        return Columns.appended(embedded, getOrDefault(errorCol()), DataTypes.StringType, "errorCol");
    }

    /** Refuses on the driver what every row would be refused for. */
    static void check(Map<String, String> named) {
        NamedOptions options = new NamedOptions(named);
        ExecutorModel.check(options);
        RowEmbedder.options(options);
        options.end();
    }

    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        StructType schema = transformSchema(dataset.schema());
        var rows = new EmbedRows(
                effectiveOptions(),
                (Integer) getOrDefault(inFlight()),
                (Boolean) getOrDefault(failFast()),
                Counters.of(dataset.sparkSession().sparkContext()));
        return dataset.select(functions.col("*"), Columns.named(getOrDefault(inputCol())))
                .mapPartitions(rows, Encoders.row(schema));
    }
}
