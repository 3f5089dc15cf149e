package bitnet.flink;

import bitnet.EmbeddingModel;
import bitnet.Model;
import bitnet.batch.Answer;
import bitnet.batch.Embedded;
import bitnet.batch.ModelLease;
import bitnet.batch.ModelSource;
import bitnet.batch.NamedOptions;
import bitnet.batch.RowEmbedder;
import bitnet.batch.RowGenerator;
import bitnet.batch.RowOptions;
import java.io.Serializable;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.jspecify.annotations.Nullable;

/** The model that all tasks of a task manager share, as one of them uses it. Thread-safe once it is open. */
final class TaskModel implements Serializable {
    private static final long serialVersionUID = 1L;

    private final HashMap<String, String> options;
    private final boolean embeds;
    private final boolean hasError;

    private transient @Nullable ModelLease<?> lease;
    private transient @Nullable Function<String, RowData> work;

    TaskModel(Map<String, String> options, boolean embeds, boolean hasError) {
        this.options = new HashMap<>(options);
        this.embeds = embeds;
        this.hasError = hasError;
    }

    void open() {
        NamedOptions named = new NamedOptions(options);
        ModelSource source = ModelSource.of(named);
        Duration idle = ModelLease.idle(named);
        if (embeds) {
            ModelLease<EmbeddingModel> leased = ModelLease.embedding(source, idle);
            lease = leased;
            RowEmbedder embedder = new RowEmbedder(leased.model(), RowEmbedder.options(named));
            work = text -> vector(embedder.embed(List.of(text)).getFirst());
        } else {
            ModelLease<Model> leased = ModelLease.of(source, idle);
            lease = leased;
            RowGenerator generator = new RowGenerator(
                    leased.model(), RowOptions.of(named, leased.model().defaultOptions()));
            work = text -> answer(generator.answer(text, 0));
        }
    }

    static @Nullable String text(RowData row) {
        return row.isNullAt(0) ? null : row.getString(0).toString();
    }

    Collection<RowData> predict(@Nullable String text) {
        Function<String, RowData> open = work;
        if (open == null) {
            throw new IllegalStateException("the function is not open");
        }
        return List.of(text == null ? row(null, null) : open.apply(text));
    }

    private RowData answer(Answer answer) {
        return row(StringData.fromString(answer.text()), answer.error());
    }

    private RowData vector(Embedded embedded) {
        var embedding = embedded.embedding();
        return row(embedding == null ? null : new GenericArrayData(embedding.vector()), embedded.error());
    }

    private RowData row(@Nullable Object result, @Nullable String error) {
        if (hasError) {
            return GenericRowData.of(result, StringData.fromString(error));
        }
        if (error != null) {
            throw new IllegalArgumentException("a row has no result: " + error);
        }
        return GenericRowData.of(result);
    }

    void close() {
        ModelLease<?> open = lease;
        if (open != null) {
            open.close();
        }
    }
}
