package bitnet.cpu;

import bitnet.model.FloatTable;
import bitnet.spi.Logits;
import bitnet.spi.Step;
import bitnet.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * The best logits, to the bit, from an int8 copy of the head: a rigorous bound of its error leaves some dozens of rows that
 * can still be among the best, and those alone are computed from the head itself. Half the bytes of an F16 head.
 */
@SuppressWarnings("NullAway.Init") // set before each run
final class ScreenedLogits {
    /** With more outputs than this the whole head, read once for all of them, is faster. */
    private static final int MOST_OUTPUTS = 2;
    /** Rows that cannot be ruled out grow with the number of the best wanted. */
    private static final int MOST_WANTED = 256;
    /** A smaller head is read faster than its screen is merged. */
    private static final int FEWEST_ROWS = 16_384;

    private final Team team;
    private final Screening screening;
    private final Workers.Task bounds = this::bounds;
    private final Workers.Task rescore = this::rescore;
    private final MemorySegment best;
    private final int[] counts;
    private Table table;
    private Screen screen;
    private FloatRows y;
    private int output;
    private int wanted;
    private float threshold;

    private ScreenedLogits(Team team, Screening screening, Memory memory, Arena arena) {
        this.team = team;
        this.screening = screening;
        best = memory.allocate(arena, (long) team.count() * MOST_WANTED * Float.BYTES);
        counts = new int[team.count()];
    }

    /** For these operations; null if they have no screening. */
    static @Nullable ScreenedLogits of(Team team, Memory memory, Arena arena) {
        Screening screening = team.operations().screening();
        return screening == null ? null : new ScreenedLogits(team, screening, memory, arena);
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
                memory.allocate(arena, screening.inputBytes(head.columns())),
                memory.allocate(arena, (long) head.rows() * Float.BYTES),
                memory.allocate(arena, (long) head.rows() * Integer.BYTES),
                memory.allocate(arena, (long) head.rows() * Float.BYTES));
        team.blocks(head.rows(), (begin, end, scratch) -> screening.pack(made, head, begin, end, scratch));
        return made;
    }

    /** Whether this step's outputs come faster this way. */
    static boolean suits(Step step) {
        for (int i = 0; i < step.outputs(); i++) {
            int top = step.target(i).top();
            if (top == 0 || top > MOST_WANTED) {
                return false;
            }
        }
        return step.outputs() <= MOST_OUTPUTS;
    }

    void run(Step step, Table newTable, Screen newScreen, FloatRows newY) {
        table = newTable;
        screen = newScreen;
        y = newY;
        for (output = 0; output < step.outputs(); output++) {
            Logits target = step.target(output);
            wanted = target.top();
            screening.prepare(screen, y, output);
            team.workers().run(bounds);
            threshold = threshold();
            team.workers().run(rescore);
            deliver(target);
        }
    }

    private int rowShare(int share) {
        int blocks = PackedTernary.blocks(table.rows());
        return Math.min(Team.share(blocks, share, team.count()) * PackedTernary.ROW_BLOCK, table.rows());
    }

    private void bounds(int worker) {
        MemorySegment own = best.asSlice((long) worker * MOST_WANTED * Float.BYTES, (long) wanted * Float.BYTES);
        screening.bounds(screen, rowShare(worker), rowShare(worker + 1), wanted, own);
    }

    /** The k-th best of all lower bounds: k rows are at least that good. Each worker's are in descending order. */
    private float threshold() {
        int[] next = counts;
        java.util.Arrays.fill(next, 0);
        float last = Float.NEGATIVE_INFINITY;
        for (int rank = 0; rank < wanted; rank++) {
            int from = -1;
            last = Float.NEGATIVE_INFINITY;
            for (int worker = 0; worker < next.length; worker++) {
                if (next[worker] < wanted) {
                    float bound = best.getAtIndex(ValueLayout.JAVA_FLOAT, (long) worker * MOST_WANTED + next[worker]);
                    if (from < 0 || bound > last) {
                        from = worker;
                        last = bound;
                    }
                }
            }
            next[from]++;
        }
        return last;
    }

    private void rescore(int worker) {
        int begin = rowShare(worker);
        int end = rowShare(worker + 1);
        counts[worker] = begin == end
                ? 0
                : screening.rescore(screen, table, y, output, threshold, begin, end, team.scratch(worker));
    }

    private void deliver(Logits target) {
        target.reset();
        for (int worker = 0; worker < counts.length; worker++) {
            int begin = rowShare(worker);
            for (int i = begin; i < begin + counts[worker]; i++) {
                int id = screen.ids().getAtIndex(ValueLayout.JAVA_INT, i);
                target.offer(id, screen.values().getAtIndex(ValueLayout.JAVA_FLOAT, i));
            }
        }
    }
}
