package bitnet.cpu;

import bitnet.model.FloatTable;
import bitnet.spi.Logits;
import bitnet.spi.Step;
import bitnet.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The best logits, to the bit, from an int8 copy of the head: a rigorous bound of its error leaves some dozens of rows that
 * can still be among the best, and those alone are computed from the head itself. The copy has half the bytes of an F16
 * head, and is read once for up to {@value #MOST_OUTPUTS} outputs.
 */
@SuppressWarnings("NullAway.Init") // set before each run
final class ScreenedLogits {
    /** Outputs that are screened together. */
    static final int MOST_OUTPUTS = 64;
    /** A smaller head is read faster than its screen is merged. */
    private static final int FEWEST_ROWS = 16_384;

    private final Team team;
    private final Screening screening;
    private final Workers.Task prepare = this::prepare;
    private final Workers.Task bounds = this::bounds;
    private final Workers.Task rescore = this::rescore;
    private final Workers.Task deliver = this::deliver;
    private final Candidates[] candidates;
    /** The outputs of the step that are screened together, and the thresholds of their rows. */
    private final int[] chosen;

    private final float[] thresholds;
    /** Outputs of the step whose logits are all computed. */
    private final boolean[] whole;
    /** Of {@link #threshold}: how many of each worker's bounds are among the best. */
    private final int[] taken;

    private int count;
    private Step step;
    private Table table;
    private Screen screen;
    private FloatRows y;

    private ScreenedLogits(Team team, Screening screening, Memory memory, Arena arena, int maxRows) {
        this.team = team;
        this.screening = screening;
        chosen = new int[Math.min(maxRows, MOST_OUTPUTS)];
        thresholds = new float[chosen.length];
        whole = new boolean[maxRows];
        taken = new int[team.count()];
        candidates = new Candidates[team.count()];
        Arrays.setAll(candidates, _ -> Candidates.of(screening, memory, arena, chosen.length, team.count()));
    }

    /** For these operations; null if they have no screening. */
    static @Nullable ScreenedLogits of(Team team, Memory memory, Arena arena, int maxRows) {
        Screening screening = team.operations().screening();
        return screening == null ? null : new ScreenedLogits(team, screening, memory, arena, maxRows);
    }

    /** Whether a screen of this head is smaller than the head, and worth its memory. */
    static boolean pays(FloatTable head) {
        return head.rows() >= FEWEST_ROWS
                && (head.type() == ElementType.F32
                        || head.type() == ElementType.F16
                        || head.type() == ElementType.BF16);
    }

    /** Makes the screen of a head; all workers take part. */
    Screen screen(Table head, Memory memory, Arena arena) {
        MemorySegment packed = memory.allocate(arena, screening.screenBytes(head.rows(), head.columns()));
        Screen made = new Screen(
                packed,
                screening.describeScreen(arena, head.rows(), head.columns(), packed),
                memory.allocate(arena, screening.inputBytes(head.columns(), chosen.length)));
        team.blocks(head.rows(), (begin, end, scratch) -> screening.pack(made, head, begin, end, scratch));
        return made;
    }

    /**
     * Fills the step's logits. Outputs that want all of them, or more of the best than can be screened, or whose best are
     * too many to tell apart by their bounds, are left to {@code all}.
     */
    void run(Step newStep, Table newTable, Screen newScreen, FloatRows newY, PlainLogits all) {
        step = newStep;
        table = newTable;
        screen = newScreen;
        y = newY;
        count = 0;
        for (int i = 0; i < step.outputs(); i++) {
            int top = step.target(i).top();
            whole[i] = top == 0 || top > Candidates.MOST_WANTED;
            if (!whole[i]) {
                chosen[count++] = i;
                if (count == chosen.length) {
                    runChosen();
                }
            }
        }
        if (count > 0) {
            runChosen();
        }
        for (int i = 0; i < step.outputs(); i++) {
            int begin = i;
            while (i < step.outputs() && whole[i]) {
                i++;
            }
            if (begin < i) {
                all.run(step, table, y, begin, i);
            }
        }
    }

    private void runChosen() {
        for (int i = 0; i < count; i++) {
            for (Candidates own : candidates) {
                screening.want(own, i, step.target(chosen[i]).top());
            }
        }
        if (count == 1) { // one is prepared before another worker could be told
            prepareOutput(0);
        } else {
            team.workers().run(prepare);
        }
        team.workers().run(bounds);
        for (int i = 0; i < count; i++) {
            whole[chosen[i]] = overflowed(i);
            thresholds[i] = threshold(i);
        }
        team.workers().run(rescore);
        if (count == 1) {
            deliverOutput(0);
        } else {
            team.workers().run(deliver);
        }
        count = 0;
    }

    private void prepare(int worker) {
        for (int i = team.workers().take(count); i >= 0; i = team.workers().take(count)) {
            prepareOutput(i);
        }
    }

    private void prepareOutput(int output) {
        screening.prepare(screen, y, chosen[output], output, count);
    }

    private int rowShare(int share) {
        int blocks = PackedTernary.blocks(table.rows());
        return Math.min(Team.share(blocks, share, team.count()) * PackedTernary.ROW_BLOCK, table.rows());
    }

    private void bounds(int worker) {
        screening.bounds(screen, count, rowShare(worker), rowShare(worker + 1), candidates[worker]);
    }

    private boolean overflowed(int output) {
        for (Candidates own : candidates) {
            if (screening.count(own, output) > own.room()) {
                return true;
            }
        }
        return false;
    }

    /** The k-th best of all lower bounds: k rows are at least that good. Each worker's are in descending order. */
    private float threshold(int output) {
        int wanted = step.target(chosen[output]).top();
        Arrays.fill(taken, 0);
        float last = Float.NEGATIVE_INFINITY;
        for (int rank = 0; rank < wanted; rank++) {
            int from = -1;
            last = Float.NEGATIVE_INFINITY;
            for (int worker = 0; worker < taken.length; worker++) {
                if (taken[worker] < wanted) {
                    float bound = candidates[worker].best(output, taken[worker]);
                    if (from < 0 || bound > last) {
                        from = worker;
                        last = bound;
                    }
                }
            }
            taken[from]++;
        }
        return last;
    }

    private void rescore(int worker) {
        for (int i = 0; i < count; i++) {
            if (!whole[chosen[i]]) {
                screening.rescore(table, y, chosen[i], thresholds[i], candidates[worker], i, team.scratch(worker));
            }
        }
    }

    private void deliver(int worker) {
        for (int i = team.workers().take(count); i >= 0; i = team.workers().take(count)) {
            deliverOutput(i);
        }
    }

    private void deliverOutput(int output) {
        if (whole[chosen[output]]) {
            return;
        }
        Logits target = step.target(chosen[output]);
        target.reset();
        for (Candidates own : candidates) {
            int n = screening.count(own, output);
            for (int i = 0; i < n; i++) {
                target.offer(own.id(output, i), own.value(output, i));
            }
        }
    }
}
