package bitnet.model;

import java.util.List;

/**
 * {@code down(activation(gate(x)) * up(x))}.
 *
 * @param gate {@code feedForward} by {@code hidden}
 * @param up {@code feedForward} by {@code hidden}
 * @param activation of the gate
 * @param down {@code hidden} by {@code feedForward}
 */
public record GatedFeedForward(Linear gate, Linear up, Activation activation, Linear down) implements FeedForward {
    @Override
    public List<Linear> linears() {
        return List.of(gate, up, down);
    }
}
