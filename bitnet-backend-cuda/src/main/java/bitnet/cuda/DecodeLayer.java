package bitnet.cuda;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A layer's operations for one token, as {@link Fusion} leaves them: what {@link DecodeStep} does all layers of. */
record DecodeLayer(
        TernaryMatmul qkv, Attention attention, TernaryMatmul output, TernaryMatmul gateUp, TernaryMatmul down) {
    /** How many they are. */
    static final int OPERATIONS = 5;

    /** The layer {@code index} of a model; null if the operations are others. */
    static @Nullable DecodeLayer of(List<Operation> five, int index) {
        if (five.get(0) instanceof TernaryMatmul qkv
                && five.get(1) instanceof Attention attention
                && five.get(2) instanceof TernaryMatmul output
                && five.get(3) instanceof TernaryMatmul gateUp
                && five.get(4) instanceof TernaryMatmul down) {
            DecodeLayer layer = new DecodeLayer(qkv, attention, output, gateUp, down);
            return layer.isWhole(index) ? layer : null;
        }
        return null;
    }

    private boolean isWhole(int index) {
        NormQuantize before = qkv.input();
        return before != null
                && qkv.then() == TernaryMatmul.Then.ROPE
                && rope().layer() == index
                && attention.layer() == index
                && attention.qkv().equals(qkv.y())
                && attention.scope().equals(attention.shape().config().attentionScope())
                && isInner(output, attention.out(), before.x())
                && isNormed(qkv, before.x())
                && isNormed(gateUp, before.x())
                && (gateUp.then() == TernaryMatmul.Then.SILU || gateUp.then() == TernaryMatmul.Then.SQUARED_RELU)
                && isInner(down, gateUp.y(), before.x());
    }

    /** A product of the residual behind a norm. */
    private static boolean isNormed(TernaryMatmul product, DeviceRows residual) {
        NormQuantize input = product.input();
        return input != null && input.gain() != null && input.x().equals(residual);
    }

    /** A product of what only the layer knows, added to the residual. */
    private static boolean isInner(TernaryMatmul product, DeviceRows from, DeviceRows residual) {
        NormQuantize input = product.input();
        return input != null
                && input.x().equals(from)
                && product.then() == TernaryMatmul.Then.ADD
                && product.y().equals(residual);
    }

    /** Whether it is a layer of the same model as another. */
    boolean continues(DecodeLayer other) {
        return x().equals(other.x())
                && gateUp.then() == other.gateUp.then()
                && rope().rows().equals(other.rope().rows());
    }

    /** The residual. */
    DeviceRows x() {
        return output.y();
    }

    Rope rope() {
        Rope rope = qkv.rope();
        if (rope == null) {
            throw new IllegalStateException("the first product of a layer has no rope");
        }
        return rope;
    }

    /** Buffers that are not written when the layers are one. */
    List<DeviceRows> inner() {
        return List.of(qkv.y(), attention.out(), gateUp.y());
    }
}
