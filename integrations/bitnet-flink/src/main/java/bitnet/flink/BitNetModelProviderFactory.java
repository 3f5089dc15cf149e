package bitnet.flink;

import bitnet.GenerationOptions;
import bitnet.batch.ModelLease;
import bitnet.batch.ModelSource;
import bitnet.batch.NamedOptions;
import bitnet.batch.RowEmbedder;
import bitnet.batch.RowOptions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.ResolvedCatalogModel;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.factories.ModelProviderFactory;
import org.apache.flink.table.ml.ModelProvider;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/**
 * Makes {@code 'provider' = 'bitnet'} a model of {@code ML_PREDICT}: from one text to an answer ({@code STRING}) or a vector ({@code
 * ARRAY<FLOAT>}), and to the error of a bad row if there is a second column for it, a {@code STRING}; without one a bad row fails the
 * job. The other options are those of model and rows by their names, such as {@code 'model'} and {@code 'maxTokens'}.
 */
public final class BitNetModelProviderFactory implements ModelProviderFactory {
    @Override
    public String factoryIdentifier() {
        return "bitnet";
    }

    /** None that Flink could check: names and values are checked when a model is used, and the error has all names. */
    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of();
    }

    /**
     * {@inheritDoc}
     *
     * @throws ValidationException if columns or options are not as they have to be
     */
    @Override
    public ModelProvider createModelProvider(Context context) {
        ResolvedCatalogModel model = context.getCatalogModel();
        List<LogicalType> input = types(model.getResolvedInputSchema().getColumnDataTypes());
        List<LogicalType> output = types(model.getResolvedOutputSchema().getColumnDataTypes());
        if (input.size() != 1 || !isText(input.getFirst())) {
            throw new ValidationException("a bitnet model has one input column, a STRING, and not " + input);
        }
        boolean embeds = isVector(output.getFirst());
        boolean hasError = output.size() == 2 && isText(output.getLast());
        if (!(embeds || isText(output.getFirst())) || !(output.size() == 1 || hasError)) {
            throw new ValidationException(
                    "a bitnet model has an output column, a STRING or an ARRAY<FLOAT>, and possibly a "
                            + "STRING for errors, and not " + output);
        }
        Map<String, String> options = new HashMap<>(model.getOptions());
        options.remove(FactoryUtil.PROVIDER.key());
        try {
            check(options, embeds);
        } catch (RuntimeException e) {
            throw new ValidationException(context.getObjectIdentifier() + ": " + e.getMessage(), e);
        }
        return new BitNetModelProvider(options, embeds, hasError);
    }

    private static void check(Map<String, String> named, boolean embeds) {
        NamedOptions options = new NamedOptions(named);
        ModelSource.of(options);
        ModelLease.idle(options);
        if (embeds) {
            RowEmbedder.options(options);
        } else {
            RowOptions.of(options, GenerationOptions.defaults());
        }
        options.end();
    }

    private static List<LogicalType> types(List<DataType> types) {
        return types.stream().map(DataType::getLogicalType).toList();
    }

    private static boolean isText(LogicalType type) {
        return type.is(LogicalTypeRoot.VARCHAR);
    }

    private static boolean isVector(LogicalType type) {
        return type instanceof ArrayType array && array.getElementType().is(LogicalTypeRoot.FLOAT);
    }
}
