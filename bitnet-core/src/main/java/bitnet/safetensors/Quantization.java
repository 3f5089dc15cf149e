package bitnet.safetensors;

import bitnet.ModelUnsupportedException;
import bitnet.json.JsonReader;
import org.jspecify.annotations.Nullable;

/**
 * How weights are stored and scaled: {@code quantization_config} of {@code config.json}, as transformers means it.
 *
 * @param divides whether outputs are divided by {@code weight_scale} (class BitLinear) or multiplied (AutoBitLinear)
 * @param online whether float weights are master weights that are still to be quantised, or ternary already
 * @param inputNorms whether every linear layer norms its input
 * @param affine how MLX stores the weights; null if it did not
 */
record Quantization(
        boolean divides,
        boolean online,
        boolean inputNorms,
        @Nullable Affine affine) {
    /**
     * MLX's affine quantisation.
     *
     * @param bits of a weight
     * @param groupSize columns with a scale, 128 or 64
     */
    record Affine(int bits, int groupSize) {}

    /** Master weights, without a word about them. */
    static final Quantization MASTER_WEIGHTS = new Quantization(false, true, false, null);

    /** Floats that are ternary already, if the model is one for bitnet: nobody says so, and the weights will tell. */
    static final Quantization UNSAID = new Quantization(false, false, false, null);

    /** Reads the object that the reader stands on. */
    static Quantization read(JsonReader in) {
        @Nullable String method = null;
        String linearClass = "bitlinear";
        String mode = "";
        int bits = 0;
        int groupSize = 0;
        boolean inputNorms = false;
        in.beginObject();
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            switch (field) {
                case "quant_method" -> method = in.string();
                case "linear_class" -> linearClass = in.string();
                case "quantization_mode" -> mode = in.string();
                case "bits" -> bits = in.integer(1, 64);
                case "group_size" -> groupSize = in.integer(1, 1 << 20);
                case "modules_to_not_convert" -> modulesToNotConvert(in);
                case "use_rms_norm" -> inputNorms = !in.isNull() && in.bool();
                default -> in.skip();
            }
        }
        if (method == null && bits > 0 && (mode.isEmpty() || mode.equals("affine"))) {
            return new Quantization(false, false, false, affine(in, bits, groupSize));
        }
        if (!"bitnet".equals(method)) {
            throw unsupported(in, "quant_method " + method + "; bitnet runs models of method bitnet only");
        }
        boolean auto = linearClass.equals("autobitlinear");
        if (!auto && !linearClass.equals("bitlinear")) {
            throw unsupported(in, "linear_class " + linearClass + "; known are bitlinear and autobitlinear");
        }
        boolean online = mode.equals("online");
        if (!online && !mode.isEmpty() && !mode.equals("offline")) {
            throw unsupported(in, "quantization_mode " + mode + "; known are offline and online");
        }
        return new Quantization(!auto, online, inputNorms, null);
    }

    private static Affine affine(JsonReader in, int bits, int groupSize) {
        if (bits > 2 || (groupSize != 128 && groupSize != 64)) {
            throw unsupported(
                    in,
                    "weights of " + bits + " bits in groups of " + groupSize
                            + "; of MLX's formats those of 1 or 2 bits in groups of 128 or 64 can be ternary");
        }
        return new Affine(bits, groupSize);
    }

    private static void modulesToNotConvert(JsonReader in) {
        if (in.isNull()) {
            return;
        }
        in.beginArray();
        while (in.nextElement()) {
            String module = in.string();
            if (Modules.excludesTernary(module)) {
                throw unsupported(in, "modules_to_not_convert: " + module + " in float is not supported");
            }
        }
    }

    private static ModelUnsupportedException unsupported(JsonReader in, String problem) {
        return new ModelUnsupportedException(in.source(), "quantization_config: " + problem);
    }
}
