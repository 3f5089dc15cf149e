package bitnet.cuda;

import bitnet.Model;
import bitnet.model.ModelFile;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Prints what whole steps of a model take: a prompt of 512 tokens in a fresh sequence, a short one as the first after loading, and one token for each of some sequences
 * that hold as many, the best logit wanted each, or as many of the best
 * as {@code bitnet.cuda.best} says. Medians.
 */
final class StepTimes {
    private static final int PROMPT = 512;
    private static final int SHORT_PROMPT = 16;
    private static final int[] BATCHES = {1, 8, 16, 32};
    private static final int STEPS = Integer.getInteger("bitnet.cuda.runs", 100);
    private static final int BEST = Integer.getInteger("bitnet.cuda.best", 1);
    private static final int PROMPTS = 15;

    private final SplittableRandom random = new SplittableRandom(1);
    private final CompiledModel model;
    private final int vocabulary;
    private final Batch batch = new Batch();
    private final List<Logits> best = new ArrayList<>();

    private StepTimes(CompiledModel model, int vocabulary) {
        this.model = model;
        this.vocabulary = vocabulary;
        for (int i = 0; i < BATCHES[BATCHES.length - 1]; i++) {
            best.add(Logits.top(BEST));
        }
    }

    /** Prints the report for the model of that file. */
    public static void main(String[] args) {
        try (ModelFile file = Model.open(Path.of(args[0]));
                CompiledModel model = new CudaBackend().compile(file.transformer(), CompileOptions.of(2 * PROMPT))) {
            StepTimes times = new StepTimes(model, file.transformer().config().vocabulary());
            times.first();
            times.prompts();
            times.batches();
        }
    }

    private void first() {
        System.out.printf(
                "the first prompt after loading, of %d: %.2f ms to the first token%n",
                SHORT_PROMPT, time(SHORT_PROMPT));
    }

    private void prompts() {
        List<Double> milliseconds = new ArrayList<>();
        for (int i = 0; i < PROMPTS; i++) {
            milliseconds.add(time(PROMPT));
        }
        System.out.printf("prompt of %d: %.2f ms to the first token%n", PROMPT, median(milliseconds));
    }

    private double time(int tokens) {
        long start = System.nanoTime();
        try (Sequence sequence = model.newSequence()) {
            prompt(sequence, tokens);
            return (System.nanoTime() - start) / 1e6;
        }
    }

    private void prompt(Sequence sequence, int tokens) {
        batch.clear();
        for (int i = 0; i < tokens; i++) {
            batch.add(sequence, i, random.nextInt(vocabulary), i + 1 < tokens ? null : best.getFirst());
        }
        run();
    }

    private void batches() {
        List<Sequence> sequences = new ArrayList<>();
        for (int count : BATCHES) {
            while (sequences.size() < count) {
                sequences.add(model.newSequence());
                prompt(sequences.getLast(), PROMPT);
            }
            List<Double> milliseconds = new ArrayList<>();
            for (int step = 0; step < STEPS; step++) {
                long start = System.nanoTime();
                batch.clear();
                for (int i = 0; i < count; i++) {
                    Sequence sequence = sequences.get(i);
                    if (step == 0) {
                        sequence.truncate(PROMPT);
                    }
                    batch.add(sequence, sequence.length(), random.nextInt(vocabulary), best.get(i));
                }
                run();
                if (step > 2) {
                    milliseconds.add((System.nanoTime() - start) / 1e6);
                }
            }
            double ms = median(milliseconds);
            System.out.printf(
                    "%2d sequences at %d: %.3f ms a step, %.0f tokens/s%n", count, PROMPT, ms, count / ms * 1e3);
        }
        sequences.forEach(Sequence::close);
    }

    private void run() {
        best.forEach(Logits::reset);
        model.forward(batch, Cancellation.NEVER);
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}
