package bitnet.spark;

import bitnet.batch.InFlight;
import bitnet.batch.ModelLease;
import bitnet.batch.NamedOptions;
import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.TaskContext;
import org.jspecify.annotations.Nullable;
import scala.runtime.AbstractFunction1;

/**
 * A function of a text that holds a model from its first call to the end of its task. Each task has an instance of its own, which one
 * thread calls. Outside of tasks, on the driver, it holds the model for a call.
 *
 * @param <M> the kind of model
 * @param <R> its result
 */
abstract class TaskFunction<M extends AutoCloseable, R> extends AbstractFunction1<String, @Nullable R>
        implements Serializable {
    private static final long serialVersionUID = 1L;

    private final HashMap<String, String> options;

    private transient @Nullable Function<String, R> function;
    private transient long attempt;

    TaskFunction(Map<String, String> options) {
        this.options = new HashMap<>(options);
    }

    /** Takes the options of the model. */
    abstract ModelLease<M> lease(NamedOptions options, @Nullable TaskContext task);

    /** Takes the other options. */
    abstract Function<String, R> start(M model, NamedOptions options);

    @Override
    public @Nullable R apply(@Nullable String text) {
        if (text == null) {
            return null;
        }
        TaskContext task = TaskContext.get();
        NamedOptions named = new NamedOptions(options);
        if (task == null) {
            try (ModelLease<M> lease = lease(named, null)) {
                return start(lease.model(), named).apply(text);
            }
        }
        Function<String, R> started = function;
        if (started == null || task.taskAttemptId() != attempt) {
            started = start(ExecutorModel.untilEnd(task, lease(named, task)).model(), named);
            function = started;
            attempt = task.taskAttemptId();
        }
        // On a thread of its own, so that the end of a killed task is seen at once.
        try (var result = new InFlight<String, R>(List.of(text).iterator(), 1, started, task::isInterrupted)) {
            return result.next();
        }
    }
}
