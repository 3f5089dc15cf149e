package bitnet.cli;

import bitnet.EmbeddingModel;
import bitnet.EmbeddingOptions;
import bitnet.spi.Cancellation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * How fast a model embeds random tokens.
 *
 * @param rates by the length of texts
 * @param alone seconds for one text of the first length
 */
record EmbeddingBench(List<Rate> rates, double alone) {
    private static final int[] LENGTHS = {32, 128, 512};
    /** Of all texts of a call. */
    private static final int TOKENS = 4096;

    /**
     * What was measured of texts of one length.
     *
     * @param tokens of a text
     * @param texts of a call
     * @param seconds of a call
     */
    record Rate(int tokens, int texts, double seconds) {
        double textsPerSecond() {
            return texts / seconds;
        }

        double tokensPerSecond() {
            return tokens * textsPerSecond();
        }
    }

    /** Medians of {@code runs} runs after one that is not counted. */
    static EmbeddingBench measure(EmbeddingModel model, int runs, Cancellation cancellation) {
        List<Rate> rates = new ArrayList<>();
        for (int length : LENGTHS) {
            if (length <= model.info().contextLength()) {
                int texts = TOKENS / length;
                rates.add(new Rate(length, texts, seconds(model, length, texts, runs, cancellation)));
            }
        }
        return new EmbeddingBench(rates, seconds(model, LENGTHS[0], 1, runs, cancellation));
    }

    private static double seconds(EmbeddingModel model, int length, int texts, int runs, Cancellation cancellation) {
        EmbeddingOptions options = EmbeddingOptions.defaults().withCancellation(cancellation);
        double[] seconds = new double[runs];
        for (int run = -1; run < runs; run++) {
            SplittableRandom random = new SplittableRandom(run);
            List<int[]> tokens = new ArrayList<>();
            for (int i = 0; i < texts; i++) {
                tokens.add(random.ints(length, 0, model.info().vocabulary()).toArray());
            }
            long begin = System.nanoTime();
            model.embedTokens(tokens, options);
            if (run >= 0) {
                seconds[run] = (System.nanoTime() - begin) / 1e9;
            }
        }
        Arrays.sort(seconds);
        return seconds[runs / 2];
    }
}
