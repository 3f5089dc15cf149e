package bitnet.flink;

import java.util.Collection;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.PredictFunction;

/** Rows one after another. */
public final class Rows extends PredictFunction {
    private static final long serialVersionUID = 1L;

    private final TaskModel model;

    Rows(TaskModel model) {
        this.model = model;
    }

    @Override
    public void open(FunctionContext context) {
        model.open();
    }

    @Override
    public Collection<RowData> predict(RowData row) {
        return model.predict(TaskModel.text(row));
    }

    @Override
    public void close() {
        model.close();
    }
}
