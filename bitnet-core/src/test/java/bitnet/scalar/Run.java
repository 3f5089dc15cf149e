package bitnet.scalar;

import bitnet.KvType;
import bitnet.model.Transformer;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.Logits;
import bitnet.spi.Progress;
import bitnet.spi.Sequence;
import java.util.ArrayList;
import java.util.List;

/** Runs token ids through compiled models. */
final class Run {
    private Run() {}

    static CompileOptions options(KvType kvType, int maxRows) {
        return new CompileOptions(512, 0, maxRows, kvType, 0, Progress.NONE, Cancellation.NEVER);
    }

    static CompiledModel compile(Transformer model, KvType kvType) {
        return new ScalarBackend().compile(model, options(kvType, 512));
    }

    /** Appends tokens to a sequence in one call; the logits after each. */
    static List<Logits> forward(CompiledModel model, Sequence sequence, int vocabulary, int... tokens) {
        Batch batch = new Batch();
        List<Logits> targets = new ArrayList<>();
        int at = sequence.length();
        for (int token : tokens) {
            Logits target = Logits.all(vocabulary);
            targets.add(target);
            batch.add(sequence, at++, token, target);
        }
        model.forward(batch, Cancellation.NEVER);
        return targets;
    }

    /** The bits of the logits after each token of a fresh sequence. */
    static int[][] bits(Transformer transformer, KvType kvType, int... tokens) {
        try (CompiledModel model = compile(transformer, kvType);
                Sequence sequence = model.newSequence()) {
            return forward(model, sequence, transformer.config().vocabulary(), tokens).stream()
                    .map(logits -> bits(logits.values()))
                    .toArray(int[][]::new);
        }
    }

    static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }

    static int best(Logits logits) {
        Logits best = Logits.top(1);
        best.fill(logits.values());
        return best.ids()[0];
    }
}
