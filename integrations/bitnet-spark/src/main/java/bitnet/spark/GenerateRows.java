package bitnet.spark;

import static bitnet.spark.ExecutorModel.untilEnd;

import bitnet.Model;
import bitnet.batch.Answer;
import bitnet.batch.InFlight;
import bitnet.batch.NamedOptions;
import bitnet.batch.RowGenerator;
import bitnet.batch.RowOptions;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.jspecify.annotations.Nullable;

/**
 * Answers a partition. Behind the columns that are kept, a row has its prompt or conversation and its number for the seed.
 *
 * @param options of model and rows
 * @param inFlight most rows under way
 * @param failFast whether a bad row fails the job
 * @param counters what the partition adds to
 */
record GenerateRows(Map<String, String> options, int inFlight, boolean failFast, Counters counters)
        implements MapPartitionsFunction<Row, Row> {
    /** A row and what it got, which is null for a row without a prompt. */
    private record Answered(Row row, @Nullable Answer answer) {}

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
        TaskContext task = TaskContext.get();
        NamedOptions named = new NamedOptions(options);
        Model model = untilEnd(task, ExecutorModel.lease(named, task)).model();
        RowGenerator generator = new RowGenerator(model, RowOptions.of(named, model.defaultOptions()));
        InFlight<Row, Answered> answers = untilEnd(
                task,
                new InFlight<>(rows, inFlight, row -> new Answered(row, answer(generator, row)), task::isInterrupted));
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return answers.hasNext();
            }

            @Override
            public Row next() {
                return finished(answers.next());
            }
        };
    }

    private static @Nullable Answer answer(RowGenerator generator, Row row) {
        int kept = row.length() - 2;
        long number = row.isNullAt(kept + 1) ? 0 : row.getLong(kept + 1);
        if (row.isNullAt(kept)) {
            return null;
        }
        if (row.get(kept) instanceof String prompt) {
            return generator.answer(prompt, number);
        }
        try {
            return generator.answer(Conversations.messages(row.getList(kept)), number);
        } catch (IllegalArgumentException e) {
            return Answer.error(e);
        }
    }

    private Row finished(Answered answered) {
        Row row = answered.row();
        Answer answer = answered.answer();
        if (answer != null) {
            counters.add(answer);
            if (failFast && answer.error() != null) {
                throw new IllegalArgumentException("a row cannot be answered: " + answer.error());
            }
        }
        int kept = row.length() - 2;
        Object[] values = IntStream.rangeClosed(0, kept)
                .mapToObj(i -> i < kept ? row.get(i) : answer == null ? null : AnswerRow.of(answer))
                .toArray();
        return RowFactory.create(values);
    }
}
