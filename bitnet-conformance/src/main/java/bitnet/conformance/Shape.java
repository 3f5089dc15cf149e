package bitnet.conformance;

import bitnet.model.Activation;
import bitnet.model.DeltaShape;
import bitnet.model.ModelConfig;
import bitnet.model.Rope;
import org.jspecify.annotations.Nullable;

/** The widths of a model's layers, for checks of single operations. */
record Shape(String name, int hidden, int feedForward, int heads, int kvHeads, int headDim) {
    /** BitNet b1.58 2B-4T. */
    static final Shape B2 = new Shape("2B-4T", 2560, 6912, 20, 5, 128);
    /** The demo model. */
    static final Shape SMALL = new Shape("small", 256, 1024, 4, 2, 64);
    /** Not one width is a multiple of a block, a vector or a warp. */
    static final Shape AWKWARD = new Shape("awkward", 200, 328, 3, 1, 40);
    /** Bonsai 1.7B. */
    static final Shape BONSAI = new Shape("Bonsai 1.7B", 2048, 6144, 16, 8, 128);
    /** Widths that end in half a group of 128, and queries wider than the model. */
    static final Shape HALF_GROUPS = new Shape("half groups", 192, 320, 5, 1, 64);
    /** Every head its own keys; widths between the blocks. */
    static final Shape ODD_BLOCKS = new Shape("odd blocks", 672, 1440, 7, 7, 96);

    ModelConfig config(int layers, int vocabulary, Activation activation) {
        return config(layers, vocabulary, activation, null);
    }

    ModelConfig config(int layers, int vocabulary, Activation activation, @Nullable DeltaShape delta) {
        float[] frequencies = new float[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = (float) Math.pow(500_000, -2.0 * i / headDim);
        }
        return new ModelConfig(
                "bitnet-b1.58",
                name,
                layers,
                hidden,
                feedForward,
                heads,
                kvHeads,
                headDim,
                vocabulary,
                4096,
                1e-5f,
                activation,
                new Rope(frequencies),
                delta);
    }

    int queryWidth() {
        return heads * headDim;
    }

    int kvWidth() {
        return kvHeads * headDim;
    }

    int qkvWidth() {
        return queryWidth() + 2 * kvWidth();
    }

    @Override
    public String toString() {
        return name;
    }
}
