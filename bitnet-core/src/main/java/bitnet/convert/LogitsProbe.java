package bitnet.convert;

import bitnet.model.Transformer;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.KernelBackend;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;

/** Runs the same prompt through two models and compares the logits of its last token. */
final class LogitsProbe {
    /** Long enough for attention to matter, short enough for a slow backend. */
    private static final int TOKENS = 8;

    private LogitsProbe() {}

    static Verification.LogitsDistance compare(
            KernelBackend backend, Transformer before, Transformer after, Cancellation cancellation) {
        int vocabulary = before.config().vocabulary();
        int tokens = Math.min(TOKENS, before.config().contextLength());
        int width = before.outputWidth();
        float[] expected = run(backend, before, tokens, vocabulary, cancellation);
        float[] found = run(backend, after, tokens, vocabulary, cancellation);
        double largest = 0;
        double dot = 0;
        double expectedSquares = 0;
        double foundSquares = 0;
        for (int i = 0; i < width; i++) {
            largest = Math.max(largest, Math.abs((double) expected[i] - found[i]));
            dot += (double) expected[i] * found[i];
            expectedSquares += (double) expected[i] * expected[i];
            foundSquares += (double) found[i] * found[i];
        }
        double cosine = largest == 0 ? 1 : dot / Math.sqrt(expectedSquares * foundSquares);
        return new Verification.LogitsDistance(tokens, largest, cosine, best(expected) == best(found));
    }

    private static float[] run(
            KernelBackend backend, Transformer model, int tokens, int vocabulary, Cancellation cancellation) {
        Logits logits = Logits.all(model.outputWidth());
        try (CompiledModel compiled = backend.compile(model, CompileOptions.of(tokens));
                Sequence sequence = compiled.newSequence()) {
            Batch batch = new Batch();
            for (int position = 0; position < tokens; position++) {
                // Tokens from all over the vocabulary; which ones does not matter.
                int token = (int) (position * 7919L % vocabulary);
                batch.add(sequence, position, token, position == tokens - 1 ? logits : null);
            }
            compiled.forward(batch, cancellation);
        }
        return logits.values();
    }

    private static int best(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }
}
