package bitnet.cli;

import bitnet.Model;
import java.util.stream.IntStream;

/**
 * The perplexity of a text: {@code exp} of the mean negative log-likelihood of its tokens.
 *
 * <p>The text's tokens are cut into windows that begin every {@code stride} tokens. Each window is computed on its own, with
 * the begin-of-text token before it where the model wants one. Every token of the text is scored once: in the first window
 * that holds it, given what stands before it there. The first token of the text has nothing before it where there is no
 * begin-of-text token, and so does the first of each window if windows do not overlap: such tokens are not scored.
 */
final class Perplexity {
    /** Told after each window. */
    @FunctionalInterface
    interface Listener {
        void window(int done, int total, Perplexity soFar);
    }

    private final Model model;
    private final int bos;
    private final int window;
    private final int stride;
    private double negativeLogLikelihood;
    private int scored;
    private int windows;

    /**
     * @param bos the begin-of-text token, or -1 if the model wants none
     * @param window tokens of a window, begin-of-text token included
     * @param stride tokens between the beginnings of two windows
     */
    Perplexity(Model model, int bos, int window, int stride) {
        this.model = model;
        this.bos = bos;
        this.window = window;
        this.stride = stride;
    }

    /** Text tokens that fit into a window beside the begin-of-text token. */
    static int room(int window, int bos) {
        return bos < 0 ? window : window - 1;
    }

    /** Scores a text. */
    Perplexity score(int[] text, Listener listener) {
        int room = room(window, bos);
        int total = text.length <= room ? 1 : Math.ceilDiv(text.length - room, stride) + 1;
        int done = 0;
        for (int i = 0; i < total; i++) {
            int from = i * stride;
            int to = Math.min(from + room, text.length);
            score(text, from, to, done);
            done = to;
            windows++;
            listener.window(windows, total, this);
        }
        return this;
    }

    /** Scores those of the tokens {@code from} to {@code to} that come at or after {@code first}. */
    private void score(int[] text, int from, int to, int first) {
        IntStream begin = bos < 0 ? IntStream.empty() : IntStream.of(bos);
        int[] input = IntStream.concat(begin, IntStream.range(from, to).map(i -> text[i]))
                .toArray();
        int shift = input.length - (to - from);
        model.evaluate(input, (position, logits) -> {
            int next = from + position + 1 - shift;
            if (next >= first && next < to) {
                negativeLogLikelihood += surprise(logits, text[next]);
                scored++;
            }
        });
    }

    /** The negative logarithm of a token's probability: in double precision, in order, so the same on every machine. */
    private static double surprise(float[] logits, int token) {
        double best = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            best = Math.max(best, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += StrictMath.exp(logit - best);
        }
        return best + StrictMath.log(sum) - logits[token];
    }

    /** The perplexity of what was scored. */
    double value() {
        return StrictMath.exp(meanSurprise());
    }

    /** Mean negative log-likelihood of a token, in nats. */
    double meanSurprise() {
        return negativeLogLikelihood / scored;
    }

    /** Tokens scored. */
    int scored() {
        return scored;
    }

    /** Windows computed. */
    int windows() {
        return windows;
    }
}
