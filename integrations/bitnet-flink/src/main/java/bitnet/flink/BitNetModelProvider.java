package bitnet.flink;

import java.util.Map;
import org.apache.flink.table.functions.AsyncPredictFunction;
import org.apache.flink.table.functions.PredictFunction;
import org.apache.flink.table.ml.AsyncPredictRuntimeProvider;
import org.apache.flink.table.ml.ModelProvider;
import org.apache.flink.table.ml.PredictRuntimeProvider;

/**
 * A model as the planner has it.
 *
 * @param options of model and rows
 * @param embeds whether rows get vectors, and not answers
 * @param hasError whether there is a column for errors
 */
record BitNetModelProvider(Map<String, String> options, boolean embeds, boolean hasError)
        implements AsyncPredictRuntimeProvider, PredictRuntimeProvider {
    @Override
    public AsyncPredictFunction createAsyncPredictFunction(Context context) {
        return new AsyncRows(new TaskModel(options, embeds, hasError));
    }

    @Override
    public PredictFunction createPredictFunction(Context context) {
        return new Rows(new TaskModel(options, embeds, hasError));
    }

    @Override
    public ModelProvider copy() {
        return this;
    }
}
