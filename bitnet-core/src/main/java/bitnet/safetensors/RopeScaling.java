package bitnet.safetensors;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.json.JsonReader;
import bitnet.model.Rope;
import bitnet.model.RopeFrequencies;

/** {@code rope_theta} and {@code rope_scaling} of {@code config.json}, or {@code rope_parameters}, which newer files have for both. */
final class RopeScaling {
    private double theta;
    private double slidingTheta;
    private String type = "default";
    private double factor = 1;
    private double low = 1;
    private double high = 4;
    private double originalContext;
    private double fastTurns = 32;
    private double slowTurns = 1;
    private double magnitude = Double.NaN;

    void theta(JsonReader in) {
        theta = positive(in);
    }

    /** Reads the object, or the null, that the reader stands on. */
    void read(JsonReader in) {
        if (in.isNull()) {
            return;
        }
        in.beginObject();
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            switch (field) {
                case "type", "rope_type" -> type = in.string();
                case "rope_theta" -> theta = positive(in);
                case "factor" -> factor = positive(in);
                case "low_freq_factor" -> low = positive(in);
                case "high_freq_factor" -> high = positive(in);
                case "original_max_position_embeddings" -> originalContext = positive(in);
                case "beta_fast" -> fastTurns = positive(in);
                case "beta_slow" -> slowTurns = positive(in);
                case "attention_factor" -> magnitude = in.isNull() ? Double.NaN : positive(in);
                // of models whose layers differ; the others' keys are those of the rest
                case "full_attention" -> read(in);
                case "sliding_attention" -> {
                    var other = new RopeScaling();
                    other.read(in);
                    if (!other.type.equals("default")) {
                        throw new ModelUnsupportedException(
                                in.source(), "rope_parameters of type " + other.type + " for sliding_attention");
                    }
                    slidingTheta = other.theta;
                }
                case "partial_rotary_factor" -> {
                    if (in.number() != 1) {
                        throw new ModelUnsupportedException(
                                in.source(), "RoPE over a part of the head is not supported");
                    }
                }
                default -> in.skip();
            }
        }
    }

    /** The base of layers with a window, where it is another one; 0 if the file names none. */
    double slidingTheta() {
        return slidingTheta;
    }

    /**
     * How a head turns.
     *
     * @param source the file, for messages
     * @param defaultTheta the base where the file names none
     * @param context positions that the model was trained for
     */
    Rope rope(String source, double defaultTheta, int headDim, int context) {
        double theta = this.theta > 0 ? this.theta : defaultTheta;
        return switch (type) {
            case "default" -> new Rope(RopeFrequencies.of(theta, headDim));
            case "linear" -> new Rope(RopeFrequencies.linear(theta, headDim, factor));
            case "yarn" ->
                RopeFrequencies.yarn(
                        theta,
                        headDim,
                        factor,
                        originalContext > 0 ? originalContext : context,
                        fastTurns,
                        slowTurns,
                        magnitude);
            case "llama3" -> {
                if (high <= low) {
                    throw new ModelFormatException(
                            source,
                            "rope_scaling",
                            "high_freq_factor " + high + " is not above low_freq_factor " + low);
                }
                double original = originalContext > 0 ? originalContext : context;
                yield new Rope(RopeFrequencies.divided(
                        theta, headDim, RopeFrequencies.llama3Factors(theta, headDim, factor, low, high, original)));
            }
            default ->
                throw new ModelUnsupportedException(
                        source,
                        "rope_scaling of type " + type + " is not supported; default, linear, llama3 and yarn are");
        };
    }

    private static double positive(JsonReader in) {
        double value = in.number();
        if (!(value > 0 && value <= 1e12)) {
            throw in.error(value + "; expected a number above 0");
        }
        return value;
    }
}
