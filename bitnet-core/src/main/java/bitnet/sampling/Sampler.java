package bitnet.sampling;

import bitnet.BackendFailureException;
import bitnet.GenerationOptions;
import bitnet.spi.Logits;
import org.jspecify.annotations.Nullable;

/**
 * Chooses tokens. The order is: logit bias and penalties; the best token if the temperature is 0; else temperature, top-k, softmax,
 * top-p, min-p, and a draw. This is the order in which the recommendations of {@code generation_config.json} are meant
 * (Hugging Face transformers). llama.cpp applies the temperature last, so that top-p and min-p cut the distribution before
 * it is flattened; its results with the same numbers differ.
 *
 * <p>Ties go to the lowest token. Every step is exact or in a fixed order, so equal logits, options, seed and recent tokens
 * give equal tokens on every machine. Not thread-safe; nothing of the vocabulary's size is allocated per token.
 */
public final class Sampler {
    // a backend's selection of the best costs up to k steps a candidate; beyond this, taking all of them is cheaper
    private static final int MOST_SELECTED = 256;

    private final GenerationOptions options;
    private final SplitMix64 random;
    private final int selected;
    private final int vocabulary;
    private final Logits target;
    private final Ranking ranking;
    private final SelectedRanking selection = new SelectedRanking();
    private final @Nullable HeapRanking heap;
    private final @Nullable Penalties penalties;

    /** A sampler for a text without a prompt. */
    public Sampler(GenerationOptions options, int vocabulary, long seed) {
        this(options, vocabulary, 0, seed);
    }

    /**
     * A sampler for one generation.
     *
     * @param options what to do; their seed is not looked at
     * @param vocabulary number of tokens
     * @param promptLength how many tokens are not of the answer
     * @param seed of the random numbers
     * @throws IllegalArgumentException if the options have a bias for a token that the vocabulary does not have
     */
    public Sampler(GenerationOptions options, int vocabulary, int promptLength, long seed) {
        this.options = options;
        this.penalties = Penalties.any(options) ? new Penalties(options, vocabulary, promptLength) : null;
        this.random = new SplitMix64(seed);
        int wanted = isGreedy() ? 1 : options.topK();
        boolean few = wanted > 0 && wanted < vocabulary && wanted <= MOST_SELECTED;
        if (few && penalties == null && options.logprobs() == 0 && options.constraint() == null) {
            selected = wanted;
            ranking = selection;
            heap = null;
        } else {
            selected = 0;
            heap = new HeapRanking(vocabulary);
            ranking = heap;
        }
        this.vocabulary = vocabulary;
        target = newTarget();
    }

    /** Another one like {@link #target()}. */
    public Logits newTarget() {
        return selected > 0 ? Logits.top(selected) : Logits.all(vocabulary);
    }

    /** Where the forward pass is to put the logits before {@link #choose}; {@link #choose} does not change them. */
    public Logits target() {
        return target;
    }

    /**
     * The next token.
     *
     * @param tokens prompt and answer so far
     * @param length how many of them there are
     * @throws BackendFailureException if the logits are not numbers
     */
    public int choose(int[] tokens, int length) {
        return choose(tokens, length, null);
    }

    /**
     * The next token, among some.
     *
     * @param allowed one bit for each token that may be chosen, from the lowest of the first element on; null for all. Needs options with a
     *     constraint
     * @throws BackendFailureException if the logits are not numbers
     */
    public int choose(int[] tokens, int length, long @Nullable [] allowed) {
        return choose(target, tokens, length, allowed);
    }

    /** As {@link #choose(int[], int, long[])} by the logits of {@link #target()} or another {@link #newTarget()}. */
    public int choose(Logits logits, int[] tokens, int length, long @Nullable [] allowed) {
        if (heap != null) {
            rankAll(heap, logits, tokens, length, allowed);
        } else {
            selection.logits = logits;
        }
        int best = ranking.id(0);
        if (best < 0 || !Float.isFinite(ranking.score(0))) {
            throw new BackendFailureException("the logits after token " + length + " are not numbers: the best is "
                    + (best < 0 ? Float.NaN : ranking.score(0)));
        }
        return isGreedy() ? best : ranking.id(draw(new Weights(options.temperature(), ranking.score(0))));
    }

    /**
     * Looks at the logits of a whole vocabulary.
     *
     * @param length how many tokens they come after
     * @throws BackendFailureException if one is NaN
     */
    public static void requireNumbers(float[] logits, int length) {
        for (int id = 0; id < logits.length; id++) {
            if (Float.isNaN(logits[id])) {
                throw new BackendFailureException(
                        "the logits after token " + length + " are not numbers: that of token " + id + " is NaN");
            }
        }
    }

    private boolean isGreedy() {
        return options.temperature() == 0;
    }

    private void rankAll(HeapRanking all, Logits logits, int[] tokens, int length, long @Nullable [] allowed) {
        float[] scores = all.scores();
        System.arraycopy(logits.values(), 0, scores, 0, scores.length);
        requireNumbers(scores, length);
        if (penalties != null) {
            penalties.apply(scores, tokens, length);
        }
        if (allowed != null) {
            for (int id = 0; id < scores.length; id++) {
                if (id >> 6 >= allowed.length || (allowed[id >> 6] >>> id & 1) == 0) {
                    scores[id] = Float.NEGATIVE_INFINITY;
                }
            }
        }
        all.start();
    }

    /** The rank that is drawn. */
    private int draw(Weights weights) {
        int count = options.topK() == 0 ? ranking.size() : Math.min(options.topK(), ranking.size());
        long total = total(weights, count);
        long kept = total;
        if (options.topP() < 1 || options.minP() > 0) {
            long enough = (long) Math.ceil(options.topP() * (double) total);
            long least = (long) Math.ceil(options.minP() * (double) Weights.ONE);
            kept = 0;
            for (int rank = 0; rank < count && kept < enough; rank++) {
                long weight = weights.of(ranking.score(rank));
                if (weight < least) {
                    break;
                }
                kept += weight;
            }
        }
        long left = random.below(kept);
        int rank = 0;
        while ((left -= weights.of(ranking.score(rank))) >= 0) {
            rank++;
        }
        return rank;
    }

    private long total(Weights weights, int count) {
        long total = 0;
        if (heap != null && count == heap.size()) {
            for (float score : heap.scores()) {
                total += weights.of(score);
            }
        } else {
            for (int rank = 0; rank < count; rank++) {
                total += weights.of(ranking.score(rank));
            }
        }
        return total;
    }

    /** What a backend selected, as a ranking. */
    private static final class SelectedRanking implements Ranking {
        private Logits logits = Logits.top(1);

        @Override
        public int size() {
            return logits.top();
        }

        @Override
        public int id(int rank) {
            return logits.ids()[rank];
        }

        @Override
        public float score(int rank) {
            return logits.values()[rank];
        }
    }
}
