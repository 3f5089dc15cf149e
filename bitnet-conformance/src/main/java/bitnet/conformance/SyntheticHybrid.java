package bitnet.conformance;

import bitnet.model.Activation;
import bitnet.model.Attention;
import bitnet.model.DeltaShape;
import bitnet.model.FloatTable;
import bitnet.model.GatedDeltaNet;
import bitnet.model.GatedFeedForward;
import bitnet.model.HadamardRotation;
import bitnet.model.Head;
import bitnet.model.Layer;
import bitnet.model.Linear;
import bitnet.model.Mixer;
import bitnet.model.ModelConfig;
import bitnet.model.Rope;
import bitnet.model.ScaleGranularity;
import bitnet.model.TokenTable;
import bitnet.model.Transformer;
import bitnet.tensor.ElementType;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A small model of seeded weights with layers of gated DeltaNet, attention with a gate, and heads of which some dimensions do not turn
 * by position.
 *
 * @param name for messages
 * @param shape of attention and feed-forward network
 * @param delta of the first and the last of its three layers
 * @param granularity of all matrices
 * @param block of rotations; 0 if weights are not rotated
 */
record SyntheticHybrid(String name, Shape shape, DeltaShape delta, ScaleGranularity granularity, int block) {
    private static final int VOCABULARY = 203;

    static List<SyntheticHybrid> models() {
        Shape wide = new Shape("hybrid", 192, 320, 3, 1, 64);
        return List.of(
                new SyntheticHybrid("hybrid", wide, new DeltaShape(2, 2, 6, 32, 4), ScaleGranularity.GROUP_64, 0),
                new SyntheticHybrid(
                        "rotated hybrid", wide, new DeltaShape(2, 1, 1, 128, 4), ScaleGranularity.GROUP_64, 64),
                new SyntheticHybrid(
                        "awkward hybrid",
                        new Shape("awkward hybrid", 200, 328, 3, 1, 40),
                        new DeltaShape(2, 2, 4, 18, 2),
                        ScaleGranularity.TENSOR,
                        4));
    }

    /** The model. Each call makes the same again. */
    Transformer transformer() {
        RandomTable.Kind kind = granularity == ScaleGranularity.TENSOR
                ? new RandomTable.Floats(ElementType.F16)
                : new RandomTable.Ternary(granularity);
        TokenTable table = kind.table("token_embd.weight", VOCABULARY, shape.hidden(), 1);
        TokenTable head = kind.table("output.weight", VOCABULARY, shape.hidden(), 2);
        HadamardRotation rotation = rotation(shape.hidden());
        return new Transformer(
                config(),
                table,
                1,
                rotation,
                List.of(layer(0, deltaNet(0, false)), layer(1, attention(1)), layer(2, deltaNet(2, true))),
                new Inputs(3).gain(shape.hidden()),
                new Head(head, rotation));
    }

    private ModelConfig config() {
        ModelConfig plain = shape.config(3, VOCABULARY, Activation.SILU, delta);
        float[] turning = Arrays.copyOf(plain.rope().inverseFrequencies(), shape.headDim() / 8);
        return new ModelConfig(
                "qwen35",
                name,
                3,
                plain.hidden(),
                plain.feedForward(),
                plain.heads(),
                plain.kvHeads(),
                plain.headDim(),
                VOCABULARY,
                plain.contextLength(),
                plain.normEpsilon(),
                plain.activation(),
                new Rope(Arrays.copyOf(turning, shape.headDim() / 2)),
                delta);
    }

    private Layer layer(int layer, Mixer mixer) {
        Inputs inputs = new Inputs(1000 + layer);
        String prefix = "blk." + layer + ".";
        return new Layer(
                inputs.gain(shape.hidden()),
                mixer,
                inputs.gain(shape.hidden()),
                new GatedFeedForward(
                        linear(prefix + "ffn_gate", shape.feedForward(), shape.hidden(), 5),
                        linear(prefix + "ffn_up", shape.feedForward(), shape.hidden(), 6),
                        Activation.SILU,
                        linear(prefix + "ffn_down", shape.hidden(), shape.feedForward(), 7)));
    }

    private Attention attention(int layer) {
        Inputs inputs = new Inputs(2000 + layer);
        String prefix = "blk." + layer + ".attn_";
        return new Attention(
                linear(prefix + "q", shape.queryWidth(), shape.hidden(), 11),
                linear(prefix + "k", shape.kvWidth(), shape.hidden(), 12),
                linear(prefix + "v", shape.kvWidth(), shape.hidden(), 13),
                new Attention.HeadNorms(inputs.gain(shape.headDim()), inputs.gain(shape.headDim())),
                null,
                linear(prefix + "gate", shape.queryWidth(), shape.hidden(), 14),
                linear(prefix + "output", shape.hidden(), shape.queryWidth(), 15));
    }

    private GatedDeltaNet deltaNet(int layer, boolean grouped) {
        String prefix = "blk." + layer + ".ssm_";
        return new GatedDeltaNet(
                linear(prefix + "mix", delta.channels(), shape.hidden(), 21 + layer),
                linear(prefix + "gate", delta.valueWidth(), shape.hidden(), 31 + layer),
                floats(prefix + "alpha", 41 + layer),
                floats(prefix + "beta", 51 + layer),
                new Inputs(layer).normal(delta.channels() * delta.kernel(), 0.5f),
                new Inputs(layer + 1).normal(delta.valueHeads(), 1),
                decay(layer),
                new Inputs(layer + 2).gain(delta.headDim()),
                grouped,
                linear(prefix + "out", shape.hidden(), delta.valueWidth(), 61 + layer));
    }

    private float[] decay(int layer) {
        float[] decay = new Inputs(layer + 3).normal(delta.valueHeads(), 2);
        for (int i = 0; i < decay.length; i++) {
            decay[i] = -Math.abs(decay[i]);
        }
        return decay;
    }

    private FloatTable floats(String name, int seed) {
        TokenTable table =
                new RandomTable.Floats(ElementType.BF16).table(name, delta.valueHeads(), shape.hidden(), seed);
        return FloatTable.require(table);
    }

    private Linear linear(String name, int rows, int columns, int seed) {
        float scale = (float) (1.3 / Math.sqrt(columns));
        return Linear.rotated(new RandomTernary(name, rows, columns, granularity, scale, seed), rotation(columns));
    }

    private @Nullable HadamardRotation rotation(int columns) {
        return block == 0 ? null : randomRotation(columns, block);
    }

    /** A rotation of seeded signs. */
    static HadamardRotation randomRotation(int columns, int block) {
        float[] signs = new Inputs(columns).normal(columns, 1);
        for (int i = 0; i < columns; i++) {
            signs[i] = signs[i] < 0 ? -1 : 1;
        }
        return new HadamardRotation(block, signs);
    }

    int vocabulary() {
        return VOCABULARY;
    }

    @Override
    public String toString() {
        return name;
    }
}
