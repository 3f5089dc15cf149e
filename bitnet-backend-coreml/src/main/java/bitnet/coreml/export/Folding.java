package bitnet.coreml.export;

import bitnet.ModelUnsupportedException;
import bitnet.model.Activation;
import bitnet.model.Layer;
import bitnet.model.ModelConfig;
import bitnet.model.TernaryTensor;
import bitnet.model.Transformer;
import java.util.IdentityHashMap;

/**
 * By what values are multiplied so that F16 holds them, and at no cost: the factors are powers of two that go into the
 * palettes. Behind gate and up stands a norm, which takes any factor out again; where there is none, the palette of the down
 * projection does. The squared gate is why this is needed: others report that it leaves F16 in the first layer of the published 2B model.
 */
final class Folding {
    /** How large a value may be on the calibration prompt: F16 ends at 65504, and other prompts reach further. */
    private static final float LIMIT = 0x1p13f;
    /** What the largest gated activation becomes, and its square root for the gate; the least normal number of F16 is 2^-14. */
    private static final float GATED = 0x1p8f;

    private static final float GATE = 0x1p4f;
    /** A palette must not vanish; what F16 rounds off a folded one is known, and taken out behind it. */
    private static final float LEAST_FACTOR = 0x1p-12f;

    private static final float LARGEST_FACTOR = 0x1p8f;

    private final float residual;
    private final IdentityHashMap<TernaryTensor, Double> factors = new IdentityHashMap<>();
    private float largest;

    private Folding(float residual) {
        this.residual = residual;
    }

    /**
     * Chooses the factors.
     *
     * @param source the model's name in messages
     * @throws ModelUnsupportedException if a value that nothing may be folded into is too large for F16, or is not a number
     */
    static Folding of(String source, Transformer model, Ranges ranges) {
        Folding folding = new Folding(Math.min(1, towards(LIMIT / 4, ranges.residual())));
        Check check = new Check(source, folding);
        check.fits("the residual stream", ranges.residual() * folding.residual);
        check.fits("the output norm", ranges.outputNorm());
        check.fits("the largest logit", ranges.logits());
        for (int i = 0; i < model.layers().size(); i++) {
            folding.fold(model.config(), model.layers().get(i), ranges.layers().get(i), check, "layer " + i + ": ");
        }
        return folding;
    }

    private void fold(ModelConfig config, Layer layer, Ranges.Block seen, Check check, String where) {
        check.fits(where + "a normed activation", seen.normed());
        check.fits(where + "a query", seen.queries());
        check.fits(where + "a key", seen.keys());
        check.fits(where + "a score", seen.scores());
        check.fits(where + "a value", seen.values());
        float gate = 1;
        float gated = seen.gated();
        if (config.activation() == Activation.SQUARED_RELU) {
            gate = towards(GATE, seen.gate());
            gated *= gate * gate;
        }
        float up = Math.min(towards(GATED, gated), towards(LIMIT / 4, seen.up()));
        check.fits(where + "the gate", seen.gate() * gate);
        check.fits(where + "the squared gate", config.activation() == Activation.SILU ? 0 : square(seen.gate() * gate));
        check.fits(where + "the up projection", seen.up() * up);
        check.fits(where + "the gated activation", gated * up);
        factors.put(layer.gated().gate().weight(), (double) gate);
        factors.put(layer.gated().up().weight(), (double) up);
        factors.put(layer.attention().query().weight(), 1 / Math.sqrt(config.headDim()));
    }

    /** What the residual stream is multiplied by. */
    float residual() {
        return residual;
    }

    /** What a matrix is multiplied by. */
    double factor(TernaryTensor tensor) {
        return factors.getOrDefault(tensor, 1.0);
    }

    /** The largest magnitude of any value on the calibration prompt, after folding. */
    float largest() {
        return largest;
    }

    /** The power of two that brings a magnitude to just below another. */
    private static float towards(float target, float magnitude) {
        if (!(magnitude > 0) || Float.isInfinite(magnitude)) {
            return 1;
        }
        float factor = Math.scalb(1f, Math.getExponent(target) - Math.getExponent(magnitude) - 1);
        return Math.clamp(factor, LEAST_FACTOR, LARGEST_FACTOR);
    }

    private static float square(float x) {
        return x * x;
    }

    private record Check(String source, Folding folding) {
        void fits(String what, float magnitude) {
            if (!(magnitude <= LIMIT)) {
                throw new ModelUnsupportedException(
                        source,
                        what + " reaches " + magnitude
                                + " on the calibration prompt, and the Neural Engine computes in F16:" + " up to "
                                + LIMIT + " leaves room for other prompts");
            }
            folding.largest = Math.max(folding.largest, magnitude);
        }
    }
}
