package bitnet.spark;

import bitnet.Model;
import bitnet.batch.ModelLease;
import bitnet.batch.NamedOptions;
import bitnet.batch.RowGenerator;
import bitnet.batch.RowOptions;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/** Answers rows, one at a time. */
final class GenerateFunction extends TaskFunction<Model, Row> {
    private static final long serialVersionUID = 1L;

    GenerateFunction(Map<String, String> options) {
        super(options);
    }

    @Override
    ModelLease<Model> lease(NamedOptions options, @Nullable TaskContext task) {
        return ExecutorModel.lease(options, task);
    }

    @Override
    Function<String, Row> start(Model model, NamedOptions options) {
        RowGenerator generator = new RowGenerator(model, RowOptions.of(options, model.defaultOptions()));
        return prompt -> AnswerRow.of(generator.answer(prompt, 0));
    }
}
