package bitnet.coreml.export;

import bitnet.model.Transformer;
import bitnet.scalar.ScalarBackend;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import java.util.List;
import java.util.stream.Stream;

/** A text through the scalar kernels. */
final class ScalarText {
    private ScalarText() {}

    /** The logits after the tokens from {@code from} on. */
    static List<float[]> logits(Transformer model, int[] tokens, int from) {
        List<Logits> wanted = Stream.generate(() -> Logits.all(model.config().vocabulary()))
                .limit(tokens.length - from)
                .toList();
        Batch batch = new Batch();
        try (CompiledModel compiled = new ScalarBackend().compile(model, CompileOptions.of(tokens.length));
                Sequence sequence = compiled.newSequence()) {
            for (int i = 0; i < tokens.length; i++) {
                batch.add(sequence, i, tokens[i], i < from ? null : wanted.get(i - from));
            }
            compiled.forward(batch, Cancellation.NEVER);
        }
        return wanted.stream().map(Logits::values).toList();
    }
}
