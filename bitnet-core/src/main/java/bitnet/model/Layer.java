package bitnet.model;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One transformer block: {@code x += mixer(norm(x)); x += feedForward(norm(x))}, where a family may norm what is added as well.
 *
 * @param mixerNorm weights of the RMSNorm before the mixer; {@code hidden}
 * @param mixer what lets tokens see each other
 * @param afterMixer weights of an RMSNorm of what the mixer adds, {@code hidden}; null where there is none
 * @param feedForwardNorm weights of the RMSNorm before the feed-forward network; {@code hidden}
 * @param feedForward what is done to each token alone
 * @param afterFeedForward weights of an RMSNorm of what the feed-forward network adds, {@code hidden}; null where there is none
 */
public record Layer(
        float[] mixerNorm,
        Mixer mixer,
        float @Nullable [] afterMixer,
        float[] feedForwardNorm,
        FeedForward feedForward,
        float @Nullable [] afterFeedForward) {
    /** A block that adds what mixer and feed-forward network give. */
    public Layer(float[] mixerNorm, Mixer mixer, float[] feedForwardNorm, FeedForward feedForward) {
        this(mixerNorm, mixer, null, feedForwardNorm, feedForward, null);
    }

    /** The mixer of a model whose layers all attend. */
    public Attention attention() {
        return switch (mixer) {
            case Attention attention -> attention;
            case GatedDeltaNet _ -> throw new IllegalStateException("a layer of gated DeltaNet does not attend");
        };
    }

    /** The feed-forward network of a model whose layers all have one with a gate. */
    public GatedFeedForward gated() {
        return switch (feedForward) {
            case GatedFeedForward gated -> gated;
        };
    }

    /** The ternary matrices: those of the mixer, then gate, up, down. */
    public List<TernaryTensor> matrices() {
        return Stream.concat(mixer.linears().stream(), feedForward.linears().stream())
                .map(Linear::weight)
                .toList();
    }
}
