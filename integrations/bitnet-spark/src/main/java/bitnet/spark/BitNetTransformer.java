package bitnet.spark;

import bitnet.json.JsonValues;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.jspecify.annotations.Nullable;

/**
 * What {@link BitNetGenerator} and others have in common: columns, the options of model and rows, how many rows are under way, and what
 * becomes of a bad row.
 *
 * @param <T> the transformer itself
 */
public abstract class BitNetTransformer<T extends BitNetTransformer<T>> extends Transformer
        implements DefaultParamsWritable {
    private static final long serialVersionUID = 1L;

    private final String uid;
    private final String configuration;
    // Not final: constructors of Spark's classes ask for the params before this class has initialised anything.
    private transient @Nullable Map<String, Param<?>> params;

    BitNetTransformer(String uid, String configuration, int inFlight) {
        this.uid = uid;
        this.configuration = configuration;
        setDefault(options(), "{}");
        setDefault(inFlight(), inFlight);
        setDefault(failFast(), false);
    }

    @Override
    public String uid() {
        return uid;
    }

    /** The column that is read. */
    public Param<String> inputCol() {
        return text("inputCol", "the column that is read");
    }

    /** The column that is written; there must be none of this name yet. */
    public Param<String> outputCol() {
        return text("outputCol", "the column that is written");
    }

    /** Options of model and rows by name, as a JSON object of texts: {@link #option} sets one. */
    public Param<String> options() {
        return text("options", "options of model and rows, a JSON object of texts");
    }

    /** Most rows of a partition that are under way at once. */
    public IntParam inFlight() {
        String doc = "most rows of a partition that are under way at once";
        return (IntParam) param("inFlight", name -> new IntParam(this, name, doc, ParamValidators.gtEq(1)));
    }

    /** Whether a bad row fails the job; otherwise its error is in its row. */
    public BooleanParam failFast() {
        return (BooleanParam)
                param("failFast", name -> new BooleanParam(this, name, "whether a bad row fails the job"));
    }

    @SuppressWarnings("unchecked") // a name has one type
    final Param<String> text(String name, String doc) {
        return (Param<String>) param(name, key -> new Param<String>(this, key, doc));
    }

    private Param<?> param(String name, Function<String, Param<?>> maker) {
        Map<String, Param<?>> made = params == null ? new LinkedHashMap<>() : params;
        params = made;
        return made.computeIfAbsent(name, maker);
    }

    public T setInputCol(String column) {
        return with(inputCol(), column);
    }

    public T setOutputCol(String column) {
        return with(outputCol(), column);
    }

    public T setInFlight(int rows) {
        return with(inFlight(), (Object) rows);
    }

    public T setFailFast(boolean fail) {
        return with(failFast(), (Object) fail);
    }

    /**
     * Sets an option of the model, such as {@code model}, the file, or of the rows, such as {@code maxTokens}. What is not set here comes
     * from Spark's configuration if it is there, with {@code spark.bitnet.generate.} or
     * {@code spark.bitnet.embed.} in front of the name.
     */
    public T option(String name, Object value) {
        Map<String, @Nullable Object> values =
                new LinkedHashMap<>(JsonValues.object("options", getOrDefault(options())));
        values.put(name, value.toString());
        return with(options(), JsonValues.text(values));
    }

    @SuppressWarnings("unchecked") // T is the class of this
    final <V> T with(Param<V> param, V value) {
        set(param, value);
        return (T) this;
    }

    /** The options over those of the configuration. */
    final Map<String, String> effectiveOptions() {
        Map<String, String> effective = new HashMap<>(Configured.options(configuration));
        JsonValues.object("options", getOrDefault(options())).forEach((name, value) -> {
            if (!(value instanceof String text)) {
                throw new IllegalArgumentException("the option " + name + " is " + value + ", expected a text");
            }
            effective.put(name, text);
        });
        return effective;
    }

    @Override
    public Transformer copy(ParamMap extra) {
        return defaultCopy(extra);
    }
}
