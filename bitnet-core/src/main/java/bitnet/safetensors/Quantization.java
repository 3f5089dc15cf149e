package bitnet.safetensors;

import bitnet.ModelUnsupportedException;
import bitnet.json.JsonReader;
import org.jspecify.annotations.Nullable;

/**
 * How weights are stored and scaled: {@code quantization_config} of {@code config.json}, as transformers means it.
 *
 * @param divides whether outputs are divided by {@code weight_scale} (class BitLinear) or multiplied (AutoBitLinear)
 * @param online whether float weights are master weights that are still to be quantised, or ternary already
 */
record Quantization(boolean divides, boolean online) {
    /** Master weights, without a word about them. */
    static final Quantization MASTER_WEIGHTS = new Quantization(false, true);

    /** Reads the object that the reader stands on. */
    static Quantization read(JsonReader in) {
        @Nullable String method = null;
        String linearClass = "bitlinear";
        String mode = "offline";
        in.beginObject();
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            switch (field) {
                case "quant_method" -> method = in.string();
                case "linear_class" -> linearClass = in.string();
                case "quantization_mode" -> mode = in.string();
                case "modules_to_not_convert" -> modulesToNotConvert(in);
                case "use_rms_norm" -> {
                    if (!in.isNull() && in.bool()) {
                        throw unsupported(in, "use_rms_norm: a norm in every linear layer is not supported");
                    }
                }
                default -> in.skip();
            }
        }
        if (!"bitnet".equals(method)) {
            throw unsupported(in, "quant_method " + method + "; bitnet runs models of method bitnet only");
        }
        boolean auto = linearClass.equals("autobitlinear");
        if (!auto && !linearClass.equals("bitlinear")) {
            throw unsupported(in, "linear_class " + linearClass + "; known are bitlinear and autobitlinear");
        }
        boolean online = mode.equals("online");
        if (!online && !mode.equals("offline")) {
            throw unsupported(in, "quantization_mode " + mode + "; known are offline and online");
        }
        return new Quantization(!auto, online);
    }

    private static void modulesToNotConvert(JsonReader in) {
        if (in.isNull()) {
            return;
        }
        in.beginArray();
        while (in.nextElement()) {
            String module = in.string();
            if (!module.equals("lm_head")) {
                throw unsupported(
                        in, "modules_to_not_convert: " + module + " in float is not supported, only lm_head is");
            }
        }
    }

    private static ModelUnsupportedException unsupported(JsonReader in, String problem) {
        return new ModelUnsupportedException(in.source(), "quantization_config: " + problem);
    }
}
