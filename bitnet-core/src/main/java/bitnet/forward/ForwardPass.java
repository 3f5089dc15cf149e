package bitnet.forward;

import bitnet.HeadType;
import bitnet.ModelUnsupportedException;
import bitnet.model.Attention;
import bitnet.model.AttentionScope;
import bitnet.model.GatedDeltaNet;
import bitnet.model.GatedFeedForward;
import bitnet.model.HadamardRotation;
import bitnet.model.Head;
import bitnet.model.Layer;
import bitnet.model.Pooling;
import bitnet.model.TernaryTable;
import bitnet.model.TokenTable;
import bitnet.model.Transformer;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The forward pass of a described transformer, over any {@link Kernels}. This is the one place that knows the order of
 * operations; a backend that fuses or records them, or writes them into another format, runs this program to learn it.
 */
public final class ForwardPass {
    private final Kernels kernels;
    private final Rows rows;
    private final Kernels.Embedding embedding;
    private final float embeddingScale;
    /** Null where the tokens' vectors are what is wanted. */
    private final Kernels.@Nullable Head head;

    private final Kernels.Gain outputNorm;
    private final List<Block> blocks;

    private final Kernels.@Nullable Hadamard embeddingRotation;
    private final Kernels.@Nullable Hadamard headRotation;
    private int attentionLayers;
    private int deltaLayers;

    private record Block(MixerProgram mixer, FeedForwardProgram feedForward) {}

    /**
     * Gives the model's tensors to the kernels, one after another.
     *
     * @throws java.util.concurrent.CancellationException if the options' cancellation said so between two layers
     * @throws ModelUnsupportedException if a ternary head is to be int8
     */
    public ForwardPass(Transformer model, Kernels kernels, CompileOptions options) {
        this.kernels = kernels;
        if (model.output() instanceof Head(TernaryTable table, HadamardRotation _)
                && options.head() != HeadType.EXACT) {
            throw new ModelUnsupportedException(
                    table.name(),
                    "the head is ternary: it is smaller than one of type " + options.head() + ", and exact");
        }
        rows = new Rows(model, kernels);
        int layers = model.layers().size();
        blocks = new ArrayList<>(layers);
        for (Layer layer : model.layers()) {
            options.cancellation().check();
            options.progress().at(blocks.size(), layers + 1);
            blocks.add(block(layer, model.config().attentionScope(), blocks.size(), layers));
        }
        options.cancellation().check();
        options.progress().at(layers, layers + 1);
        embedding = kernels.embedding(model.embedding());
        embeddingScale = model.embeddingScale();
        head = switch (model.output()) {
            case Head(TokenTable table, HadamardRotation _) -> kernels.head(table, options.head());
            case Pooling _ -> null;
        };
        outputNorm = kernels.gain(model.outputNorm());
        embeddingRotation = hadamard(model.embeddingRotation());
        headRotation = model.output() instanceof Head h ? hadamard(h.rotation()) : null;
        options.progress().at(layers + 1, layers + 1);
    }

    private Block block(Layer layer, AttentionScope scope, int index, int layers) {
        boolean last = index == layers - 1;
        MixerProgram mixer = switch (layer.mixer()) {
            case Attention attention ->
                new AttentionProgram(
                        attention,
                        layer.mixerNorm(),
                        layer.afterMixer(),
                        scope,
                        attentionLayers++,
                        last,
                        kernels,
                        rows);
            case GatedDeltaNet delta ->
                new DeltaNetProgram(delta, layer.mixerNorm(), layer.afterMixer(), deltaLayers++, last, kernels, rows);
        };
        FeedForwardProgram feedForward = switch (layer.feedForward()) {
            case GatedFeedForward gated ->
                new FeedForwardProgram(gated, layer.feedForwardNorm(), layer.afterFeedForward(), kernels, rows);
        };
        return new Block(mixer, feedForward);
    }

    private Kernels.@Nullable Hadamard hadamard(@Nullable HadamardRotation rotation) {
        return rotation == null ? null : kernels.hadamard(rotation);
    }

    /** The operations of one step, for {@link Kernels#run}. */
    public void program() {
        kernels.embed(embedding, rows.residual);
        if (embeddingRotation != null) {
            kernels.rotateBack(embeddingRotation, rows.residual);
        }
        if (embeddingScale != 1) {
            kernels.scale(rows.residual, embeddingScale);
        }
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            block.mixer().run(rows);
            block.feedForward().run(rows);
        }
        kernels.outputNorm(rows.residual, outputNorm, rows.normed);
        if (headRotation != null) {
            kernels.rotate(headRotation, rows.normed, rows.normed);
        }
        if (head == null) {
            kernels.states(rows.normed);
        } else {
            kernels.logits(head, rows.normed);
        }
    }
}
