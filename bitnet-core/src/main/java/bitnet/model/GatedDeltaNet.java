package bitnet.model;

import java.util.List;

/**
 * Gated DeltaNet: linear attention whose state is a matrix of each value head, which forgets and is corrected with every token.
 * Its shape is the model's {@link ModelConfig#delta()}.
 *
 * @param mix makes queries, keys and values, in this order, before the convolution; {@code channels} by {@code hidden}
 * @param gate of the result; {@code valueWidth} by {@code hidden}
 * @param alpha how fast each value head forgets at a token; {@code valueHeads} by {@code hidden}
 * @param beta how far each value head is corrected at a token; {@code valueHeads} by {@code hidden}
 * @param convolution {@code kernel} weights of each channel next to each other, that of the own token last
 * @param timeBias added to what {@code alpha} gives; {@code valueHeads}
 * @param decay what the forgetting is multiplied by, not positive; {@code valueHeads}
 * @param norm weights of the RMSNorm of each head of the result; {@code headDim}
 * @param grouped whether {@code output} takes the value heads grouped by key head ({@link DeltaShape#grouped}) rather than in
 *     their order
 * @param output {@code hidden} by {@code valueWidth}
 * @see <a href="https://arxiv.org/abs/2412.06464">Gated Delta Networks</a>
 */
public record GatedDeltaNet(
        Linear mix,
        Linear gate,
        FloatTable alpha,
        FloatTable beta,
        float[] convolution,
        float[] timeBias,
        float[] decay,
        float[] norm,
        boolean grouped,
        Linear output)
        implements Mixer {
    @Override
    public List<Linear> linears() {
        return List.of(mix, gate, output);
    }
}
