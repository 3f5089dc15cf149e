package bitnet.safetensors;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.json.JsonReader;
import bitnet.model.AttentionScope;
import bitnet.model.ModelConfig;
import bitnet.model.Rope;
import bitnet.model.RopeFrequencies;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys of {@code config.json} that say which positions a layer sees, with the defaults of Gemma 3's Python code. */
final class AttentionWindows {
    private static final String FULL = "full_attention";
    private static final String SLIDING = "sliding_attention";
    private static final int MAX_LAYERS = 10_000;

    private @Nullable List<String> types;
    private int pattern = 6;
    private int window = 4096;
    private double localTheta = 10_000;
    private double queryScalar = 256;

    /** Whether the key, whose value it then reads, is one of them. */
    boolean read(JsonReader in, String key) {
        switch (key) {
            case "layer_types" -> types = in.isNull() ? null : types(in);
            case "sliding_window_pattern", "_sliding_window_pattern" -> pattern = in.integer(1, MAX_LAYERS);
            case "sliding_window" -> window = in.isNull() ? 0 : in.integer(0, Integer.MAX_VALUE);
            case "rope_local_base_freq" -> localTheta = in.number();
            case "query_pre_attn_scalar" -> queryScalar = in.number();
            case "use_bidirectional_attention" -> {
                if (!in.isNull() && in.bool()) {
                    throw new ModelUnsupportedException(
                            in.source(), key + ": attention to later positions is not supported");
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private static List<String> types(JsonReader in) {
        List<String> types = new ArrayList<>();
        in.beginArray();
        while (in.nextElement()) {
            if (types.size() == MAX_LAYERS) {
                throw in.error("more than " + MAX_LAYERS + " layers");
            }
            types.add(in.string());
        }
        return types;
    }

    /**
     * How each layer's queries meet its keys; empty where all see everything, as in all families but Gemma's.
     *
     * @throws ModelUnsupportedException if a layer attends in a way that the family does not have
     */
    List<AttentionScope> scopes(String source, ModelFamily family, ModelConfig model) {
        boolean gemma = family == ModelFamily.GEMMA3_EMBEDDING;
        if (types != null) {
            if (!types.stream().allMatch(type -> type.equals(FULL) || (gemma && type.equals(SLIDING)))) {
                throw new ModelUnsupportedException(
                        source,
                        "layer_types is " + types
                                + ", which changes what the model computes; bitnet does not know how");
            }
        }
        if (!gemma) {
            return List.of();
        }
        if (types != null && types.size() != model.layers()) {
            throw new ModelFormatException(
                    source, "layer_types", types.size() + " entries for " + model.layers() + " layers");
        }
        float scale = AttentionScope.scale(positive(source, "query_pre_attn_scalar", queryScalar));
        var global = new AttentionScope(model.rope(), AttentionScope.ALL, scale);
        Rope localRope =
                new Rope(RopeFrequencies.of(positive(source, "rope_local_base_freq", localTheta), model.headDim()));
        var local = new AttentionScope(localRope, window == 0 ? AttentionScope.ALL : window, scale);
        List<AttentionScope> scopes = new ArrayList<>();
        for (int i = 0; i < model.layers(); i++) {
            boolean sliding =
                    types == null ? (i + 1) % pattern != 0 : types.get(i).equals(SLIDING);
            scopes.add(sliding ? local : global);
        }
        return scopes;
    }

    /** Another base for layers with a window, as newer files have it in {@code rope_parameters}. */
    void localTheta(double theta) {
        localTheta = theta;
    }

    private static double positive(String source, String key, double value) {
        if (!(value > 0 && value <= 1e12)) {
            throw new ModelFormatException(source, key, value + "; expected a number above 0");
        }
        return value;
    }
}
