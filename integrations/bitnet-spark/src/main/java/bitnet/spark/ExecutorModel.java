package bitnet.spark;

import bitnet.EmbeddingModel;
import bitnet.Model;
import bitnet.batch.ModelLease;
import bitnet.batch.ModelSource;
import bitnet.batch.NamedOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkFiles;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;

/** The model of this executor, as its options say and as Spark has equipped the executor. */
final class ExecutorModel {
    private ExecutorModel() {}

    /** Takes the options of {@link ModelSource}, and {@code idleSeconds}: how long a model is kept that no task uses. */
    static void check(NamedOptions options) {
        ModelSource.of(options);
        ModelLease.idle(options);
    }

    /** A language model for a task; null on the driver, where Spark computes small tables by itself. */
    static ModelLease<Model> lease(NamedOptions options, @Nullable TaskContext task) {
        return ModelLease.of(equipped(ModelSource.of(options), task), ModelLease.idle(options));
    }

    /** As {@link #lease}, for an embedding model. */
    static ModelLease<EmbeddingModel> embedding(NamedOptions options, @Nullable TaskContext task) {
        return ModelLease.embedding(equipped(ModelSource.of(options), task), ModelLease.idle(options));
    }

    /** Closes what a task uses when it ends; what came last is closed first. */
    static <C extends AutoCloseable> C untilEnd(TaskContext task, C resource) {
        TaskCompletionListener close = ended -> {
            try {
                resource.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        };
        task.addTaskCompletionListener(close);
        return resource;
    }

    /** The file where it lies here, as many threads as the executor has cores, and the GPU that the task was given. */
    private static ModelSource equipped(ModelSource source, @Nullable TaskContext task) {
        int cores = SparkEnv.get().conf().getInt("spark.executor.cores", 0);
        return new ModelSource(
                file(source.path()),
                source.sha256(),
                source.device(),
                task == null ? source.deviceIndex() : gpu(task.resourcesJMap(), source.deviceIndex()),
                source.threads() == 0 ? cores : source.threads(),
                source.contextLength());
    }

    /** A path that is not absolute is the name of a file that the job added, if there is one. */
    private static Path file(Path path) {
        if (!path.isAbsolute()) {
            Path added = Path.of(SparkFiles.getRootDirectory()).resolve(path);
            return Files.exists(added) ? added : path;
        }
        return path;
    }

    /** The first GPU of the task, where its address is a number; tasks of an executor that have the same one share a model. */
    static int gpu(Map<String, ResourceInformation> resources, int otherwise) {
        ResourceInformation gpus = resources.get("gpu");
        if (gpus == null || gpus.addresses().length == 0) {
            return otherwise;
        }
        String address = gpus.addresses()[0];
        if (!address.matches("\\d{1,4}")) {
            throw new IllegalArgumentException(
                    "the GPU of the task has the address '" + address + "', expected the index of a device");
        }
        return Integer.parseInt(address);
    }
}
