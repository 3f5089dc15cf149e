package bitnet.flink;

import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.AsyncPredictFunction;
import org.apache.flink.table.functions.FunctionContext;
import org.jspecify.annotations.Nullable;

/** Rows side by side, as many as Flink hands over before the first has a result: they go along in the same steps of the model. */
public final class AsyncRows extends AsyncPredictFunction {
    private static final long serialVersionUID = 1L;

    private final TaskModel model;
    private transient @Nullable ExecutorService threads;

    AsyncRows(TaskModel model) {
        this.model = model;
    }

    @Override
    public void open(FunctionContext context) {
        model.open();
        threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("bitnet-row-", 0).factory());
    }

    @Override
    public CompletableFuture<Collection<RowData>> asyncPredict(RowData row) {
        ExecutorService open = threads;
        if (open == null) {
            throw new IllegalStateException("the function is not open");
        }
        String text = TaskModel.text(row); // Flink writes the next row into this one
        return CompletableFuture.supplyAsync(() -> model.predict(text), open);
    }

    /** Cancels what is under way and waits until it has ended. */
    @Override
    public void close() {
        ExecutorService open = threads;
        if (open != null) {
            open.shutdownNow();
            open.close();
        }
        model.close();
    }
}
