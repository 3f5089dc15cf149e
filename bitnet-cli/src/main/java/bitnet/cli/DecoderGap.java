package bitnet.cli;

import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Model;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The time from one token of an answer to the next, alone and while the prompt of another is computed.
 *
 * @param prompt tokens of the prompt
 * @param alone the median in seconds, alone
 * @param beside the median in seconds, while the prompt is computed
 * @param worst the longest while it is computed
 * @param promptSeconds how long computing it took
 */
record DecoderGap(int prompt, double alone, double beside, double worst, double promptSeconds) {
    private static final int TOKENS_ALONE = 32;

    /** Measures it; the context must have room for the prompt, and for an answer of as many tokens and 64 more. */
    static DecoderGap measure(Model model, int prompt) throws InterruptedException {
        GenerationOptions options =
                GenerationOptions.greedy().withIgnoreEndOfGeneration(true).withSpeculation(false);
        List<Long> times = new ArrayList<>();
        try (Generation decoder = model.complete(ids(model, 8), options.withMaxTokens(GenerationOptions.UNLIMITED));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i <= TOKENS_ALONE; i++) {
                decoder.next();
                times.add(System.nanoTime());
            }
            long begin = System.nanoTime();
            Future<Long> other = threads.submit(() -> {
                try (Generation generation = model.complete(ids(model, prompt), options.withMaxTokens(1))) {
                    generation.next();
                    return System.nanoTime();
                }
            });
            do {
                decoder.next();
                times.add(System.nanoTime());
            } while (!other.isDone() && decoder.hasNext());
            List<Double> alone = gaps(times.subList(0, TOKENS_ALONE + 1));
            List<Double> beside = gaps(times.subList(TOKENS_ALONE, times.size()));
            return new DecoderGap(prompt, median(alone), median(beside), beside.getLast(), (other.get() - begin) / 1e9);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }
    }

    private static int[] ids(Model model, int count) {
        return new SplittableRandom(count)
                .ints(count, 0, model.info().vocabulary())
                .toArray();
    }

    /** The differences in seconds, ascending. */
    private static List<Double> gaps(List<Long> times) {
        List<Double> gaps = new ArrayList<>();
        for (int i = 1; i < times.size(); i++) {
            gaps.add((times.get(i) - times.get(i - 1)) / 1e9);
        }
        gaps.sort(null);
        return gaps;
    }

    private static double median(List<Double> ascending) {
        return ascending.get(ascending.size() / 2);
    }
}
