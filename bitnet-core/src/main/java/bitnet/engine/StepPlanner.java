package bitnet.engine;

import bitnet.engine.StepPlan.Piece;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Who goes along in the next step. All who decode do, in the order in which they asked; prompts, in the order in which they
 * arrived, fill the room that is left. Decoding reads all weights for each step, so many that go together cost little more
 * than one alone, as long as they stay together: those who were just served are back a moment later, and a step that began
 * without them would split the texts into groups that alternate. So it is worth to hold the next step a little for them.
 *
 * <p>Beside others who decode, prompts get so many rows that a step takes half as long again as without them, by the times
 * that were measured; or a row each if that is more, since each is going to have one when it decodes. This knows neither
 * threads nor clocks. Not thread-safe.
 */
final class StepPlanner {
    // of the time of a step: what prompts may add to it, and how long the next one is held for those just served
    private static final double PROMPT_SHARE = 0.5;
    private static final double HOLD_SHARE = 0.25;
    private static final long LONGEST_HOLD = TimeUnit.MILLISECONDS.toNanos(10);
    // rows of a prompt beside others at first; they at most double from step to step
    private static final int FIRST_ROOM = 4;
    // steps beside prompts between two that measure: one has a row more, the other no prompt at all
    private static final int TRY_MORE = 15;
    private static final int TRY_NONE = 32;

    private final int maxRows;
    private final @Nullable Duration stepTime;
    private final StepTimes decoding;
    private final StepTimes besides;
    private final List<Request> decoders = new ArrayList<>();
    private final List<Request> prompts = new ArrayList<>();
    /** Whoever was served and may come back, as far as it decodes. */
    private final List<Request> away = new ArrayList<>();

    private long lastEnd;
    private long lastTime;
    private boolean lastHadPrompt;
    private int lastDecoders;
    private int room = FIRST_ROOM;
    private int mixedSteps;

    /**
     * @param maxRows rows of a step at most
     * @param stepTime {@link bitnet.Scheduling#stepTime()}
     */
    StepPlanner(int maxRows, @Nullable Duration stepTime) {
        this.maxRows = maxRows;
        this.stepTime = stepTime;
        decoding = new StepTimes(maxRows);
        besides = new StepTimes(maxRows);
    }

    /** Times of steps of nothing but texts that decode. */
    StepTimes decoding() {
        return decoding;
    }

    /**
     * How many times as long a step of those who decode takes with so many rows more. 1 where that was not measured: it is worth to
     * be tried.
     */
    double longer(int more) {
        int row = Math.max(1, lastDecoders);
        if (row + more > maxRows) {
            return Double.POSITIVE_INFINITY;
        }
        boolean known = decoding.isMeasured(row) && decoding.isMeasured(row + more);
        return known ? Math.max(1, decoding.of(row + more) / decoding.of(row)) : 1;
    }

    /** Takes a request that wants something. */
    void add(Request request) {
        away.remove(request);
        if (request.isDecoding(maxRows)) {
            decoders.add(request);
            return;
        }
        int at = prompts.size();
        while (at > 0 && prompts.get(at - 1).order() > request.order()) {
            at--;
        }
        prompts.add(at, request);
    }

    /** Forgets a request: it has got what it wanted, or wants nothing any more. */
    void remove(Request request) {
        decoders.remove(request);
        prompts.remove(request);
        away.remove(request);
    }

    /** A request has got what it wanted and is likely to want the next token. */
    void served(Request request) {
        remove(request);
        away.add(request);
    }

    boolean isEmpty() {
        return decoders.isEmpty() && prompts.isEmpty();
    }

    /** Whoever waits, in order. */
    List<Request> waiting() {
        List<Request> waiting = new ArrayList<>(decoders);
        waiting.addAll(prompts);
        return waiting;
    }

    /** Who would wait longest without another step; somebody must wait. */
    Request first() {
        return (decoders.isEmpty() ? prompts : decoders).getFirst();
    }

    /** For how many nanoseconds the next step is worth to be held, for those whom the last one served and who were quick before. */
    long hold(long now) {
        long longest = longestHold();
        boolean expected = away.stream().anyMatch(r -> r.servedAt() == lastEnd && r.away() <= longest);
        return expected ? longest - (now - lastEnd) : 0;
    }

    private long longestHold() {
        return Math.min(LONGEST_HOLD, (long) (lastTime * HOLD_SHARE));
    }

    /** The next step; somebody must wait. */
    StepPlan next(long now) {
        Placement placement = first().placement();
        List<Piece> pieces = new ArrayList<>();
        // of two steps one has room for a prompt, however many decode
        int most = prompts.isEmpty() || lastHadPrompt ? maxRows : maxRows - 1;
        int rows = 0;
        for (Request request : decoders) {
            if (request.placement() == placement && rows + request.rows() <= most) {
                pieces.add(new Piece(request, request.next(), request.next() + request.rows()));
                rows += request.rows();
            }
        }
        int decoded = rows;
        lastDecoders = pieces.size();
        int end = prompts.isEmpty() ? rows : Math.min(maxRows, rows + room(decoded, now));
        for (Request request : prompts) {
            int taken = request.placement() == placement ? Math.min(request.rows(), end - rows) : 0;
            if (taken > 0) {
                pieces.add(new Piece(request, request.next(), request.next() + taken));
                rows += taken;
            }
        }
        return new StepPlan(placement, pieces, decoded, rows);
    }

    /** Rows that prompts may have beside those that decode, or beside those that are about to. */
    private int room(int decoded, long now) {
        int beside = decoded == 0 && away.stream().anyMatch(request -> isDue(request, now)) ? 1 : decoded;
        if (beside == 0) {
            return maxRows;
        }
        mixedSteps++;
        if (decoded > 0 && (!decoding.isMeasured(decoded) || mixedSteps % TRY_NONE == 0)) {
            return 0;
        }
        double time = decoding.of(beside);
        double rest = stepTime == null ? time * PROMPT_SHARE : stepTime.toNanos() - time;
        int within = besides.within(rest) + (mixedSteps % TRY_MORE == 0 ? 1 : 0);
        room = Math.clamp(within, 1, 2 * room);
        return stepTime == null ? Math.max(room, prompts.size()) : room;
    }

    /** Whether it may well want a token while a long step runs. */
    private boolean isDue(Request request, long now) {
        return now - request.servedAt() <= 2 * request.away() + lastTime;
    }

    /** A step has run. */
    void ran(StepPlan plan, long begin, long end) {
        lastEnd = end;
        lastTime = end - begin;
        int prompt = plan.rows() - plan.decoding();
        lastHadPrompt = prompt > 0;
        if (!lastHadPrompt) {
            decoding.measured(plan.rows(), (double) lastTime);
        } else if (decoding.isMeasured(Math.max(1, plan.decoding()))) {
            besides.measured(prompt, lastTime - decoding.of(Math.max(1, plan.decoding())));
        }
    }
}
