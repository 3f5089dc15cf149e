package bitnet.spark;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.SparkSessionExtensionsProvider;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.ScalaUDF;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import scala.Option;
import scala.Tuple3;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/**
 * The SQL functions {@code bitnet_generate(prompt [, options])}, with the struct of {@link BitNetGenerator}, and {@code bitnet_embed(text [,
 * options])}, an array of floats. The options are a map of texts that is the same for all rows, over those of the configuration. Spark
 * finds this class by itself, with the jar on its class path.
 *
 * <p>A function is called row by row, so each task has one row under way: as many rows go along in a step as the executor has tasks.
 */
public final class BitNetFunctions implements SparkSessionExtensionsProvider {
    /** Makes the function of a call, once for a query, on the driver; refuses options that every row would be refused for. */
    private interface Maker {
        Object make(Map<String, String> options);
    }

    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        inject(extensions, "bitnet_generate", Configured.GENERATE, AnswerRow.TYPE, options -> {
            BitNetGenerator.check(options);
            return new GenerateFunction(options);
        });
        inject(extensions, "bitnet_embed", Configured.EMBED, EmbedRows.TYPE, options -> {
            BitNetEmbedder.check(options);
            return new EmbedFunction(options);
        });
        return BoxedUnit.UNIT;
    }

    private static void inject(
            SparkSessionExtensions extensions, String name, String prefix, DataType type, Maker maker) {
        extensions.injectFunction(new Tuple3<>(
                new FunctionIdentifier(name),
                new ExpressionInfo(BitNetFunctions.class.getName(), name),
                arguments -> call(name, prefix, type, maker, CollectionConverters.asJava(arguments))));
    }

    private static Expression call(String name, String prefix, DataType type, Maker maker, List<Expression> arguments) {
        if (arguments.isEmpty() || arguments.size() > 2) {
            throw new IllegalArgumentException(
                    name + " has " + arguments.size() + " arguments, expected a text, and possibly a map of options");
        }
        Expression text = arguments.getFirst();
        if (!text.dataType().equals(DataTypes.StringType)) {
            throw new IllegalArgumentException(
                    name + " is called with a " + text.dataType().sql() + ", expected a STRING");
        }
        Map<String, String> options = new HashMap<>(Configured.options(prefix));
        if (arguments.size() == 2) {
            options.putAll(options(name, arguments.getLast()));
        }
        // Not deterministic for Spark, which would otherwise compute a row several times to move a filter to the front.
        boolean deterministic = false;
        return new ScalaUDF(
                maker.make(options),
                type,
                seq(List.of(text)),
                seq(List.of()),
                Option.empty(),
                Option.apply(name),
                true,
                deterministic);
    }

    private static Map<String, String> options(String name, Expression map) {
        MapType texts = DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType);
        if (!map.foldable() || !DataType.equalsIgnoreNullability(map.dataType(), texts)) {
            throw new IllegalArgumentException(name + " has options of type "
                    + map.dataType().sql() + ", expected a constant of type " + texts.sql());
        }
        Map<String, String> options = new HashMap<>();
        if (map.eval(null) instanceof MapData data) {
            for (int i = 0; i < data.numElements(); i++) {
                options.put(
                        data.keyArray().getUTF8String(i).toString(),
                        data.valueArray().getUTF8String(i).toString());
            }
        }
        return options;
    }

    private static <T> Seq<T> seq(List<T> elements) {
        return CollectionConverters.asScala(elements).toSeq();
    }
}
