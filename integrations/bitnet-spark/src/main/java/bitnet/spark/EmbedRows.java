package bitnet.spark;

import static bitnet.spark.ExecutorModel.untilEnd;

import bitnet.Embedding;
import bitnet.EmbeddingModel;
import bitnet.batch.Embedded;
import bitnet.batch.InFlight;
import bitnet.batch.NamedOptions;
import bitnet.batch.RowEmbedder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;

/**
 * Embeds a partition, half of the rows under way in a call. Behind the columns that are kept, a row has its text.
 *
 * @param options of model and rows
 * @param inFlight most rows under way
 * @param failFast whether a bad row fails the job
 * @param counters what the partition adds to
 */
record EmbedRows(Map<String, String> options, int inFlight, boolean failFast, Counters counters)
        implements MapPartitionsFunction<Row, Row> {
    static final ArrayType TYPE = DataTypes.createArrayType(DataTypes.FloatType, false);

    /** A row and what it got, which is null for a row without a text. */
    private record Finished(Row row, @Nullable Embedded embedded) {}

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
        TaskContext task = TaskContext.get();
        NamedOptions named = new NamedOptions(options);
        EmbeddingModel model =
                untilEnd(task, ExecutorModel.embedding(named, task)).model();
        RowEmbedder embedder = new RowEmbedder(model, RowEmbedder.options(named));
        int group = Math.max(1, inFlight / 2);
        InFlight<List<Row>, List<Finished>> groups = untilEnd(
                task,
                new InFlight<>(
                        groups(rows, group),
                        inFlight == 1 ? 1 : 2,
                        some -> embed(embedder, some),
                        task::isInterrupted));
        Queue<Finished> finished = new ArrayDeque<>();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return !finished.isEmpty() || groups.hasNext();
            }

            @Override
            public Row next() {
                if (finished.isEmpty()) {
                    finished.addAll(groups.next());
                }
                return row(finished.remove());
            }
        };
    }

    private static Iterator<List<Row>> groups(Iterator<Row> rows, int size) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return rows.hasNext();
            }

            @Override
            public List<Row> next() {
                List<Row> group = new ArrayList<>();
                do {
                    group.add(rows.next());
                } while (group.size() < size && rows.hasNext());
                return group;
            }
        };
    }

    private static List<Finished> embed(RowEmbedder embedder, List<Row> rows) {
        List<String> texts = rows.stream()
                .filter(row -> !row.isNullAt(row.length() - 1))
                .map(row -> row.getString(row.length() - 1))
                .toList();
        Iterator<Embedded> embedded = embedder.embed(texts).iterator();
        return rows.stream()
                .map(row -> new Finished(row, row.isNullAt(row.length() - 1) ? null : embedded.next()))
                .toList();
    }

    private Row row(Finished finished) {
        Embedded embedded = finished.embedded();
        Embedding embedding = embedded == null ? null : embedded.embedding();
        String error = embedded == null ? null : embedded.error();
        if (embedded != null) {
            counters.add(embedded);
        }
        if (failFast && error != null) {
            throw new IllegalArgumentException("a row cannot be embedded: " + error);
        }
        int kept = finished.row().length() - 1;
        Object[] values = new Object[kept + 2];
        IntStream.range(0, kept).forEach(i -> values[i] = finished.row().get(i));
        values[kept] = embedding == null ? null : embedding.vector();
        values[kept + 1] = error;
        return RowFactory.create(values);
    }
}
