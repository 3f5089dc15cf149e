package bitnet.engine;

import bitnet.BackendReport;
import bitnet.Device;
import bitnet.HeadType;
import bitnet.ModelInfo;
import bitnet.engine.StepPlan.Piece;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.Sequence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToLongBiFunction;

/** Callers of a {@link StepPlanner} and its steps in simulated time: no threads, no clock, the same events each time. */
final class StepSimulation {
    static final long MILLISECOND = 1_000_000;

    /** Steps as they ran. */
    final List<StepPlan> steps = new ArrayList<>();

    long now;
    long held;

    private final StepPlanner planner;
    private final ToLongBiFunction<Integer, Integer> cost;
    private final Alphabet alphabet = new Alphabet(1_000_000);
    private final Placement placement = new Placement(alphabet, info(), 256, PrefixCache.NONE);
    private final PriorityQueue<Wish> wishes = new PriorityQueue<>(Comparator.comparingLong(Wish::time));
    private final List<Caller> callers = new ArrayList<>();
    private long arrivals;

    private record Wish(long time, Caller caller) {}

    /** Somebody who has a prompt computed and then some tokens. */
    final class Caller {
        /** When each of its tokens was there. */
        final List<Long> times = new ArrayList<>();

        final Request request =
                new Request(new ReentrantLock().newCondition(), Cancellation.NEVER, new Deadline(null), () -> {});
        private final int prompt;
        private final int tokens;
        private final long think;
        private final Sequence sequence = alphabet.newSequence();

        private Caller(int prompt, int tokens, long think) {
            this.prompt = prompt;
            this.tokens = tokens;
            this.think = think;
        }

        private void want() {
            var batch = new Batch();
            for (int i = 0; i < (times.isEmpty() ? prompt : 1); i++) {
                batch.add(sequence, i, 'a', null);
            }
            request.want(placement, batch, ++arrivals, now);
            planner.add(request);
        }

        private void served() {
            times.add(now);
            if (times.size() < tokens) {
                wishes.add(new Wish(now + think, this));
            } else {
                planner.remove(request);
            }
        }

        /** The time between a token and the one before it, in milliseconds. */
        double gap(int token) {
            return (double) (times.get(token) - times.get(token - 1)) / MILLISECOND;
        }
    }

    /**
     * A simulation of a planner.
     *
     * @param cost nanoseconds of a step by the rows that decode and those of prompts
     */
    StepSimulation(int maxRows, ToLongBiFunction<Integer, Integer> cost) {
        this(maxRows, null, cost);
    }

    /** A simulation of a planner with a limit of the time of steps. */
    StepSimulation(int maxRows, Duration stepTime, ToLongBiFunction<Integer, Integer> cost) {
        this.planner = new StepPlanner(maxRows, stepTime);
        this.cost = cost;
    }

    /** A caller who comes at a time and is away for another between its tokens. */
    Caller caller(long at, int prompt, int tokens, long think) {
        var caller = new Caller(prompt, tokens, think);
        callers.add(caller);
        wishes.add(new Wish(at, caller));
        return caller;
    }

    /** Runs until all have what they wanted. */
    StepSimulation run() {
        while (!wishes.isEmpty() || !planner.isEmpty()) {
            arrive();
            long hold = planner.isEmpty() ? Long.MAX_VALUE : planner.hold(now);
            if (hold <= 0) {
                step();
                continue;
            }
            long next = wishes.isEmpty() ? Long.MAX_VALUE : wishes.element().time() - now;
            held += planner.isEmpty() ? 0 : Math.min(hold, next);
            now += Math.min(hold, next);
        }
        return this;
    }

    private void arrive() {
        while (!wishes.isEmpty() && wishes.element().time() <= now) {
            wishes.remove().caller().want();
        }
    }

    private void step() {
        StepPlan plan = planner.next(now);
        steps.add(plan);
        long begin = now;
        now += cost.applyAsLong(plan.decoding(), plan.rows() - plan.decoding());
        planner.ran(plan, begin, now);
        for (Piece piece : plan.pieces()) {
            Request request = piece.request();
            request.endComputing(piece.to());
            if (request.rows() == 0) {
                planner.served(request);
                request.serve(null, now);
                callers.stream().filter(c -> c.request == request).forEach(Caller::served);
            }
        }
    }

    private static ModelInfo info() {
        return new ModelInfo(
                "alphabet",
                "alphabet.gguf",
                "test",
                0,
                1,
                Alphabet.VOCABULARY,
                1,
                1,
                "none",
                HeadType.EXACT,
                Device.CPU,
                "alphabet",
                "none",
                0,
                "none",
                List.<BackendReport>of());
    }
}
