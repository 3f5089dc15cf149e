package bitnet.model;

import java.util.List;
import java.util.stream.Stream;

/**
 * One transformer block: {@code x += mixer(norm(x)); x += feedForward(norm(x))}.
 *
 * @param mixerNorm weights of the RMSNorm before the mixer; {@code hidden}
 * @param mixer what lets tokens see each other
 * @param feedForwardNorm weights of the RMSNorm before the feed-forward network; {@code hidden}
 * @param feedForward what is done to each token alone
 */
public record Layer(float[] mixerNorm, Mixer mixer, float[] feedForwardNorm, FeedForward feedForward) {
    /** The mixer of a model whose layers all attend. */
    public Attention attention() {
        return switch (mixer) {
            case Attention attention -> attention;
        };
    }

    /** The feed-forward network of a model whose layers all have one with a gate. */
    public GatedFeedForward gated() {
        return switch (feedForward) {
            case GatedFeedForward gated -> gated;
        };
    }

    /** The ternary matrices: query, key, value, output, gate, up, down. */
    public List<TernaryTensor> matrices() {
        return Stream.concat(mixer.linears().stream(), feedForward.linears().stream())
                .map(Linear::weight)
                .toList();
    }
}
