package bitnet.engine;

import static bitnet.engine.StepSimulation.MILLISECOND;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** In simulated time, with steps that take 17 ms and 2 ms a row, about as those of a 2B model on two cores. */
class StepPlannerTest {
    private static final long QUICK = MILLISECOND / 5;

    private final StepSimulation simulation = new StepSimulation(256, StepPlannerTest::cost);

    private static long cost(int decoding, int prompt) {
        return (17L + 2L * (decoding + prompt)) * MILLISECOND;
    }

    private static double median(StepSimulation.Caller caller, int from, int to) {
        return IntStream.range(from, to).mapToDouble(caller::gap).sorted().toArray()[(to - from) / 2];
    }

    @Test
    void theyStayTogether() {
        IntStream.range(0, 16).forEach(i -> simulation.caller(i * QUICK, 1, 100, QUICK + i * QUICK / 10));
        simulation.run();
        assertThat(simulation.steps.stream().filter(s -> s.decoding() == 16)).hasSizeGreaterThan(90);
    }

    @Test
    void manyWhoComeAtOnceAreServedInFewSteps() {
        IntStream.range(0, 16).forEach(i -> simulation.caller(i * QUICK, 32, 49, QUICK));
        simulation.run();
        assertThat(simulation.steps)
                .as("each takes part in 48 after its prompt")
                .hasSizeLessThan(110);
    }

    @Test
    void aLoneCallerIsNeverHeldUp() {
        StepSimulation.Caller lone = simulation.caller(0, 600, 50, QUICK);
        simulation.run();
        assertThat(simulation.held).isZero();
        assertThat(simulation.steps).extracting(StepPlan::rows).startsWith(256, 256, 88, 1);
        assertThat(lone.gap(40)).isEqualTo(19.2);
    }

    @Test
    void whoeverIsSlowToComeBackIsNotWaitedFor() {
        StepSimulation.Caller quick = simulation.caller(0, 1, 100, QUICK);
        simulation.caller(0, 1, 20, 30 * MILLISECOND);
        simulation.run();
        assertThat(simulation.held).as("once, before it was known to be slow").isLessThan(25 * MILLISECOND);
        assertThat(median(quick, 1, 100)).isLessThan(22);
    }

    @Test
    void whoeverStopsIsWaitedForOnce() {
        StepSimulation.Caller stays = simulation.caller(0, 1, 100, QUICK);
        StepSimulation.Caller stops = simulation.caller(0, 1, 10, QUICK);
        simulation.run();
        assertThat(stops.times).hasSize(10);
        assertThat(stays.gap(50)).isEqualTo(19.2);
    }

    @Test
    void aLongPromptMakesADecoderHalfAsLongAgain() {
        for (int decoders : new int[] {1, 4, 16}) {
            var crowd = new StepSimulation(256, StepPlannerTest::cost);
            List<StepSimulation.Caller> callers = new ArrayList<>();
            IntStream.range(0, decoders).forEach(i -> callers.add(crowd.caller(0, 8, 400, QUICK)));
            StepSimulation.Caller prompt = crowd.caller(2000 * MILLISECOND, 768, 1, QUICK);
            crowd.run();
            double normal = 17 + 2.0 * decoders + 0.2;
            StepSimulation.Caller one = callers.getFirst();
            int first =
                    (int) one.times.stream().filter(t -> t < 2000 * MILLISECOND).count();
            int last = (int)
                    one.times.stream().filter(t -> t < prompt.times.getFirst()).count();
            assertThat(last - first).isGreaterThan(20);
            assertThat(median(one, first, last)).isLessThanOrEqualTo(1.55 * normal);
            assertThat(IntStream.range(first, last).mapToDouble(one::gap).max().orElseThrow())
                    .as("worst")
                    .isLessThanOrEqualTo(2 * normal);
            long rows = crowd.steps.stream()
                    .filter(s -> s.decoding() == decoders && s.rows() > decoders)
                    .mapToInt(s -> s.rows() - s.decoding())
                    .sum();
            assertThat(rows / (last - first))
                    .as("rows a step, of those that fit")
                    .isGreaterThanOrEqualTo((int) (normal / 4 * 0.8));
        }
    }

    @Test
    void theRoomFollowsTheMeasuredTimes() {
        // times as noisy as those of a busy machine: one step in four takes up to three times as long
        var random = new Random(1);
        var noisy = new StepSimulation(
                256, (d, p) -> random.nextInt(4) > 0 ? cost(d, p) : cost(d, p) * (100 + random.nextInt(200)) / 100);
        StepSimulation.Caller decoder = noisy.caller(0, 8, 600, QUICK);
        noisy.caller(1000 * MILLISECOND, 1500, 1, QUICK);
        noisy.run();
        List<StepPlan> mixed = noisy.steps.stream()
                .filter(s -> s.decoding() == 1 && s.rows() > 1)
                .toList();
        assertThat(median(decoder, 100, 300)).isLessThan(1.8 * 19.2);
        assertThat(mixed.size()).as("it got on").isLessThan(700);
    }

    @Test
    void anAwayDecoderFindsNoLongStep() {
        StepSimulation.Caller slow = simulation.caller(0, 8, 100, 8 * MILLISECOND);
        simulation.caller(1000 * MILLISECOND, 768, 1, QUICK);
        simulation.run();
        assertThat(IntStream.range(5, 100).mapToDouble(slow::gap).max().orElseThrow())
                .as("19 ms and 8 ms away, and the half of a step that was under way")
                .isLessThan(19 + 8 + 2 * 30);
    }

    @Test
    void promptsAreServedInTheOrderOfTheirArrival() {
        simulation.caller(0, 8, 300, QUICK);
        List<StepSimulation.Caller> prompts = IntStream.range(0, 5)
                .mapToObj(i -> simulation.caller((500 + i) * MILLISECOND, 100 - 15 * i, 1, QUICK))
                .toList();
        simulation.run();
        assertThat(prompts).isSortedAccordingTo(Comparator.comparing(caller -> caller.times.getFirst()));
    }

    @Test
    void nobodyStarves() {
        for (int maxRows : new int[] {1, 2, 4}) {
            var crowd = new StepSimulation(maxRows, StepPlannerTest::cost);
            List<StepSimulation.Caller> decoders = IntStream.range(0, 6)
                    .mapToObj(i -> crowd.caller(0, 1, 200, QUICK))
                    .toList();
            StepSimulation.Caller prompt = crowd.caller(1000 * MILLISECOND, 20, 1, QUICK);
            crowd.run();
            assertThat(decoders).allSatisfy(decoder -> assertThat(decoder.times).hasSize(200));
            assertThat(prompt.times.getFirst()).isLessThan(6000 * MILLISECOND);
            assertThat(crowd.steps).allSatisfy(step -> assertThat(step.rows()).isBetween(1, maxRows));
        }
    }
}
