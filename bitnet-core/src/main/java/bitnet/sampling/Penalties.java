package bitnet.sampling;

import bitnet.GenerationOptions;
import java.util.BitSet;
import java.util.Map;

/**
 * What changes the logits before a token is chosen, in this order: the bias of single tokens, the repeat penalty, and the frequency
 * and presence penalties. All of it is single float operations, so that the results are the same everywhere. Not thread-safe.
 */
final class Penalties {
    private final GenerationOptions options;
    private final int promptLength;
    private final BitSet repeated = new BitSet();
    private final int[] counts;

    /** @throws IllegalArgumentException if there is a bias for a token that the vocabulary does not have */
    Penalties(GenerationOptions options, int vocabulary, int promptLength) {
        this.options = options;
        this.promptLength = promptLength;
        counts = new int[counts(options) ? vocabulary : 0];
        for (int id : options.logitBias().keySet()) {
            if (id >= vocabulary) {
                throw new IllegalArgumentException(
                        "logitBias has token " + id + ", which is not in a vocabulary of " + vocabulary);
            }
        }
    }

    /** Whether options change any logit. */
    static boolean any(GenerationOptions options) {
        return repeats(options) || counts(options) || !options.logitBias().isEmpty();
    }

    private static boolean repeats(GenerationOptions options) {
        return options.repeatPenalty() != 1 && options.repeatWindow() > 0;
    }

    private static boolean counts(GenerationOptions options) {
        return options.frequencyPenalty() != 0 || options.presencePenalty() != 0;
    }

    /** Changes the scores of a vocabulary by the first tokens of prompt and answer. */
    void apply(float[] scores, int[] tokens, int length) {
        for (Map.Entry<Integer, Float> bias : options.logitBias().entrySet()) {
            scores[bias.getKey()] += bias.getValue();
        }
        if (repeats(options)) {
            repeat(scores, tokens, length);
        }
        if (counts(options)) {
            count(scores, tokens, length);
        }
    }

    /** Once for each token, however often it occurs. */
    private void repeat(float[] scores, int[] tokens, int length) {
        repeated.clear();
        float penalty = options.repeatPenalty();
        for (int i = length - Math.min(length, options.repeatWindow()); i < length; i++) {
            int id = tokens[i];
            if (!repeated.get(id)) {
                repeated.set(id);
                scores[id] = scores[id] > 0 ? scores[id] / penalty : scores[id] * penalty;
            }
        }
    }

    private void count(float[] scores, int[] tokens, int length) {
        for (int i = promptLength; i < length; i++) {
            counts[tokens[i]]++;
        }
        for (int i = promptLength; i < length; i++) {
            int id = tokens[i];
            if (counts[id] > 0) {
                float frequency = options.frequencyPenalty() * counts[id];
                scores[id] -= frequency + options.presencePenalty();
                counts[id] = 0;
            }
        }
    }
}
