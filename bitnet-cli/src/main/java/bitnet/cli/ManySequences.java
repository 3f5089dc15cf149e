package bitnet.cli;

import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Model;
import bitnet.ModelStats;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Many generations of one model at once, a virtual thread each, with random prompts and greedy answers. */
final class ManySequences {
    private static final GenerationOptions OPTIONS =
            GenerationOptions.greedy().withIgnoreEndOfGeneration(true).withSpeculation(false);

    private final Model model;
    private final int prompt;
    private final int generate;

    /**
     * What was measured.
     *
     * @param sequences how many there were
     * @param prompts prompt tokens in a second, while nobody decodes but those who have their first token and wait
     * @param decode tokens in a second, while nobody has a prompt to compute
     * @param decodeRows tokens that a step had then, in the mean
     * @param together tokens in a second, of prompts and answers, of all who come at once and go on to the end
     * @param togetherRows tokens that a step had then, in the mean
     * @param firstTokens seconds from coming until each had its first token then, ascending
     */
    record Rates(
            int sequences,
            double prompts,
            double decode,
            double decodeRows,
            double together,
            double togetherRows,
            List<Double> firstTokens) {
        /** The time within which this share of the first tokens came. */
        double firstToken(double share) {
            return firstTokens.get((int) Math.ceil(share * firstTokens.size()) - 1);
        }
    }

    /** What one sequence does; {@code answered} is called between its first token and the others. */
    private interface Sequence {
        void run(Generation generation) throws InterruptedException, BrokenBarrierException;
    }

    /**
     * @param prompt tokens of each prompt
     * @param generate tokens of each answer, at least 2
     */
    ManySequences(Model model, int prompt, int generate) {
        this.model = model;
        this.prompt = prompt;
        this.generate = generate;
    }

    /** Measures so many at once: first apart, then together. */
    Rates measure(int sequences) throws InterruptedException {
        var begun = new Moment[2];
        var barrier = new CyclicBarrier(sequences, () -> begun[1] = moment());
        begun[0] = moment();
        all(sequences, generation -> {
            generation.next();
            barrier.await();
            generation.forEachRemaining(_ -> {});
        });
        Moment end = moment();
        List<Double> firstTokens = new ArrayList<>();
        Moment start = moment();
        all(sequences, generation -> {
            generation.next();
            synchronized (firstTokens) {
                firstTokens.add(start.seconds(moment()));
            }
            generation.forEachRemaining(_ -> {});
        });
        Moment finish = moment();
        return new Rates(
                sequences,
                sequences * prompt / begun[0].seconds(begun[1]),
                sequences * (generate - 1) / begun[1].seconds(end),
                begun[1].rows(end),
                sequences * (prompt + generate) / start.seconds(finish),
                start.rows(finish),
                firstTokens.stream().sorted().toList());
    }

    private void all(int sequences, Sequence sequence) throws InterruptedException {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < sequences; i++) {
                int[] ids = new SplittableRandom(i)
                        .ints(prompt, 0, model.info().vocabulary())
                        .toArray();
                running.add(threads.submit(() -> {
                    try (Generation generation = model.complete(ids, OPTIONS.withMaxTokens(generate))) {
                        sequence.run(generation);
                    } catch (RuntimeException e) {
                        threads.shutdownNow(); // nobody waits for this one
                        throw e;
                    }
                    return null;
                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }
    }

    private Moment moment() {
        return new Moment(System.nanoTime(), model.stats());
    }

    private record Moment(long nanos, ModelStats stats) {
        double seconds(Moment later) {
            return (later.nanos - nanos) / 1e9;
        }

        double rows(Moment later) {
            return (double) (later.stats.rows() - stats.rows()) / (later.stats.steps() - stats.steps());
        }
    }
}
