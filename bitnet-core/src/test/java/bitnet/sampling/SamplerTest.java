package bitnet.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BackendFailureException;
import bitnet.GenerationOptions;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
    private static final int[] NOTHING = {};
    // temperature 1, no cut
    private static final GenerationOptions PLAIN = GenerationOptions.defaults()
            .withTemperature(1)
            .withTopK(0)
            .withTopP(1)
            .withMinP(0);

    private static int choose(GenerationOptions options, long seed, float... logits) {
        return choose(new Sampler(options, logits.length, seed), NOTHING, logits);
    }

    private static int choose(Sampler sampler, int[] tokens, float... logits) {
        sampler.target().fill(logits);
        return sampler.choose(tokens, tokens.length);
    }

    private static int[] counts(GenerationOptions options, int draws, float... logits) {
        int[] counts = new int[logits.length];
        var sampler = new Sampler(options, logits.length, 99);
        for (int i = 0; i < draws; i++) {
            counts[choose(sampler, NOTHING, logits)]++;
        }
        return counts;
    }

    @Test
    void greedyTakesTheBestAndOfEqualsTheLowest() {
        assertThat(choose(GenerationOptions.greedy(), 1, -3, 5, 2, 5, 4)).isEqualTo(1);
        assertThat(choose(GenerationOptions.greedy().withLogprobs(1), 1, -3, 5, 2, 5, 4))
                .isEqualTo(1);
    }

    @Test
    void drawsInProportionToTheSoftmax() {
        // probabilities 0.5, 0.25, 0.25 at temperature 1; 2/3, 1/6, 1/6 at temperature 1/2
        float ln2 = (float) Math.log(2);
        assertThat(counts(PLAIN, 40_000, ln2, 0, 0)[0]).isBetween(19_700, 20_300);
        assertThat(counts(PLAIN, 40_000, ln2, 0, 0)[2]).isBetween(9_700, 10_300);
        assertThat(counts(PLAIN.withTemperature(0.5f), 30_000, ln2, 0, 0)[0]).isBetween(19_700, 20_300);
    }

    @Test
    void topKKeepsTheBest() {
        int[] counts = counts(PLAIN.withTopK(2), 1000, 1, 1.1f, 0.9f, 1);
        assertThat(counts[0]).isPositive();
        assertThat(counts[1]).isPositive();
        assertThat(counts[2] + counts[3]).isZero();
    }

    @Test
    void topPKeepsTheFewestThatReachIt() {
        float[] logits = {0, (float) Math.log(5), (float) Math.log(4)}; // 0.1, 0.5, 0.4
        assertThat(counts(PLAIN.withTopP(0.49f), 500, logits)).containsExactly(0, 500, 0);
        assertThat(counts(PLAIN.withTopP(0.51f), 500, logits)[0]).isZero();
        assertThat(counts(PLAIN.withTopP(0.51f), 500, logits)[2]).isPositive();
        assertThat(counts(PLAIN.withTopP(0.95f), 500, logits)[0]).isPositive();
    }

    @Test
    void temperatureComesBeforeTopP() {
        // at temperature 1 the best token alone has 0.8; flattened by temperature 4 it has less than 0.5
        float[] logits = {(float) Math.log(8), 0, 0};
        assertThat(counts(PLAIN.withTopP(0.7f), 500, logits)).containsExactly(500, 0, 0);
        assertThat(counts(PLAIN.withTopP(0.7f).withTemperature(4), 500, logits)[1])
                .isPositive();
    }

    @Test
    void minPIsRelativeToTheBest() {
        float[] logits = {(float) Math.log(10), (float) Math.log(4), 0}; // relative to the best: 1, 0.4, 0.1
        assertThat(counts(PLAIN.withMinP(0.39f), 500, logits)[2]).isZero();
        assertThat(counts(PLAIN.withMinP(0.39f), 500, logits)[1]).isPositive();
        assertThat(counts(PLAIN.withMinP(0.41f), 500, logits)).containsExactly(500, 0, 0);
        assertThat(counts(PLAIN.withMinP(1), 500, 3, 3, 1)[2]).isZero();
    }

    @Test
    void penaltyAppliesOnceToEachRecentToken() {
        var options = GenerationOptions.greedy().withRepeatPenalty(2).withRepeatWindow(3);
        // 6 / 2 = 3 < 4, once only: 6 / 4 would lose against 2 as well
        assertThat(choose(new Sampler(options, 3, 1), new int[] {0, 0}, 6, 2.5f, 2))
                .isEqualTo(0);
        assertThat(choose(new Sampler(options, 3, 1), new int[] {0, 0}, 6, 4, 2))
                .isEqualTo(1);
        // negative scores are multiplied
        assertThat(choose(new Sampler(options, 2, 1), new int[] {1}, -1.5f, -1)).isEqualTo(0);
        // outside of the window
        assertThat(choose(new Sampler(options, 3, 1), new int[] {0, 1, 1, 1}, 6, 4, 2))
                .isEqualTo(0);
        assertThat(choose(new Sampler(options.withRepeatWindow(0), 3, 1), new int[] {0}, 6, 4, 2))
                .isEqualTo(0);
    }

    @Test
    void frequencyAndPresencePenaltiesCountTheAnswer() {
        var frequency = GenerationOptions.greedy().withFrequencyPenalty(0.5f);
        int[] prompt = {0, 0, 0, 0};
        assertThat(choose(new Sampler(frequency, 2, 4, 1), prompt, 6, 5)).isEqualTo(0);
        // 6 - 2 * 0.5 = 5: equal, and of equals the lowest
        int[] twice = {0, 0, 0, 0, 0, 0};
        assertThat(choose(new Sampler(frequency, 2, 4, 1), twice, 6, 5)).isEqualTo(0);
        assertThat(choose(new Sampler(frequency, 2, 3, 1), twice, 6, 5)).isEqualTo(1);
        var presence = GenerationOptions.greedy().withPresencePenalty(1.5f);
        assertThat(choose(new Sampler(presence, 2, 0, 1), twice, 6, 4)).isEqualTo(0);
        assertThat(choose(new Sampler(presence, 2, 0, 1), twice, 6, 4.75f)).isEqualTo(1);
        assertThat(choose(new Sampler(presence, 2, 6, 1), twice, 6, 4.75f)).isEqualTo(0);
        var both = frequency.withPresencePenalty(-2);
        assertThat(choose(new Sampler(both, 2, 3, 1), twice, 6, 6.25f))
                .as("6 - (3 * 0.5 - 2)")
                .isEqualTo(0);
        // the same sampler again, with a longer answer
        var sampler = new Sampler(frequency, 2, 0, 1);
        assertThat(choose(sampler, new int[] {0}, 6, 5.25f)).isEqualTo(0);
        assertThat(choose(sampler, new int[] {0, 0}, 6, 5.25f)).isEqualTo(1);
        assertThat(choose(sampler, new int[] {0, 1}, 6, 5.25f)).isEqualTo(0);
    }

    @Test
    void aBiasIsAddedFirst() {
        var bias = GenerationOptions.greedy().withLogitBias(Map.of(2, 100f, 0, -100f));
        assertThat(choose(new Sampler(bias, 3, 1), NOTHING, 90, 20, -70)).isEqualTo(2);
        // (-4 + 6) / 2 = 1 and not -4 * 2 + 6
        var penalty = GenerationOptions.greedy().withLogitBias(Map.of(0, 6f)).withRepeatPenalty(2);
        assertThat(choose(new Sampler(penalty, 2, 1), new int[] {0}, -4, 0.5f)).isEqualTo(0);
        assertThat(choose(bias.withTemperature(1).withTopK(1), 3, 90, 20, -70)).isEqualTo(2);
        assertThatThrownBy(() -> new Sampler(GenerationOptions.greedy().withLogitBias(Map.of(3, 1f)), 3, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("token 3");
        assertThatThrownBy(() -> GenerationOptions.greedy().withLogitBias(Map.of(-1, 1f)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> GenerationOptions.greedy().withLogitBias(Map.of(1, Float.NaN)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> GenerationOptions.greedy().withFrequencyPenalty(2.5f))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 40, 256})
    void aSelectionOfTheBestGivesTheSameTokensAsTheWholeVocabulary(int k) {
        var options = GenerationOptions.defaults().withTopK(k).withTemperature(1.3f);
        var random = new Random(k);
        for (int round = 0; round < 200; round++) {
            float[] logits = new float[500];
            for (int i = 0; i < logits.length; i++) {
                logits[i] = round % 2 == 0 ? random.nextInt(8) : (float) random.nextGaussian() * 3;
            }
            var few = new Sampler(options, logits.length, round);
            var all = new Sampler(options.withLogprobs(1), logits.length, round);
            assertThat(few.target().top()).isEqualTo(k);
            assertThat(all.target().top()).isZero();
            for (int draw = 0; draw < 5; draw++) {
                assertThat(choose(few, NOTHING, logits)).isEqualTo(choose(all, NOTHING, logits));
            }
        }
    }

    @Test
    void greedyAsksForTheBestOnly() {
        assertThat(new Sampler(GenerationOptions.greedy(), 100, 1).target().top())
                .isEqualTo(1);
        assertThat(new Sampler(GenerationOptions.greedy().withRepeatPenalty(1.1f), 100, 1)
                        .target()
                        .top())
                .isZero();
        assertThat(new Sampler(PLAIN.withTopK(200), 100, 1).target().top()).isZero();
    }

    /** Expected values by an independent program in Python: equal on every machine and in every language, now and later. */
    @Test
    void aSeedGivesTheseTokens() {
        float[] logits = new float[1000];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = Integer.remainderUnsigned(i * 0x9E3779B1, 1024) / 128f;
        }
        assertThat(draws(GenerationOptions.defaults(), 42, logits))
                .containsExactly(629, 26, 726, 52, 350, 655, 376, 130, 52, 778);
        assertThat(draws(PLAIN, 42, logits)).containsExactly(579, 778, 182, 234, 875, 269, 305, 385, 59, 196);
    }

    private static int[] draws(GenerationOptions options, long seed, float[] logits) {
        var sampler = new Sampler(options, logits.length, seed);
        return IntStream.range(0, 10).map(i -> choose(sampler, NOTHING, logits)).toArray();
    }

    @Test
    void logitsThatAreNotNumbersAreAFailure() {
        assertThatThrownBy(() -> choose(GenerationOptions.greedy(), 1, Float.NaN, Float.NaN))
                .isInstanceOf(BackendFailureException.class)
                .hasMessageContaining("NaN");
        assertThatThrownBy(() -> choose(PLAIN, 1, 1, Float.NaN, 2)).isInstanceOf(BackendFailureException.class);
        assertThatThrownBy(() -> choose(PLAIN, 1, 1, Float.POSITIVE_INFINITY))
                .isInstanceOf(BackendFailureException.class);
        assertThat(choose(PLAIN, 1, Float.NEGATIVE_INFINITY, 1)).isEqualTo(1);
    }

    @Test
    void logProbabilities() {
        var logprobs = new LogProbabilities(2, 3);
        logprobs.take(new float[] {(float) Math.log(1) + 100, (float) Math.log(5) + 100, (float) Math.log(4) + 100});
        assertThat(logprobs.count()).isEqualTo(2);
        assertThat(logprobs.best(0)).isEqualTo(1);
        assertThat(logprobs.best(1)).isEqualTo(2);
        assertThat(Math.exp(logprobs.of(0))).isBetween(0.09999, 0.10001);
        assertThat(Math.exp(logprobs.of(1))).isBetween(0.49999, 0.50001);
    }
}
