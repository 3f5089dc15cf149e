package bitnet.spark;

import bitnet.Embedding;
import bitnet.EmbeddingModel;
import bitnet.batch.Embedded;
import bitnet.batch.ModelLease;
import bitnet.batch.NamedOptions;
import bitnet.batch.RowEmbedder;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.TaskContext;
import org.jspecify.annotations.Nullable;

/** Embeds rows, one at a time. A text that can have no vector fails the task, since there is no column for its error. */
final class EmbedFunction extends TaskFunction<EmbeddingModel, float[]> {
    private static final long serialVersionUID = 1L;

    EmbedFunction(Map<String, String> options) {
        super(options);
    }

    @Override
    ModelLease<EmbeddingModel> lease(NamedOptions options, @Nullable TaskContext task) {
        return ExecutorModel.embedding(options, task);
    }

    @Override
    Function<String, float[]> start(EmbeddingModel model, NamedOptions options) {
        RowEmbedder embedder = new RowEmbedder(model, RowEmbedder.options(options));
        return text -> {
            Embedded embedded = embedder.embed(List.of(text)).getFirst();
            Embedding embedding = embedded.embedding();
            if (embedding == null) {
                throw new IllegalArgumentException("a row cannot be embedded: " + embedded.error());
            }
            return embedding.vector();
        };
    }
}
