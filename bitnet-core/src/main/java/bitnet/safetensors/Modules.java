package bitnet.safetensors;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The modules that {@code modules_to_not_convert} leaves in float. */
final class Modules {
    private static final String LAYERS = "model.layers.";
    private static final List<String> TERNARY = List.of(
            ".self_attn.q_proj",
            ".self_attn.k_proj",
            ".self_attn.v_proj",
            ".self_attn.o_proj",
            ".mlp.gate_proj",
            ".mlp.up_proj",
            ".mlp.down_proj");
    private static final Pattern LAYER = Pattern.compile("\\.(\\d{1,9})(?:\\.|$)");
    private static final Pattern PLAIN = Pattern.compile("[\\w.-]+");

    private Modules() {}

    /**
     * Whether a name leaves out a module that bitnet runs with ternary weights. Releases of transformers compare it with the
     * beginning of a module's name, with its end, or with one of its parts; a name that may be a regular expression counts
     * as one that does. All others, such as {@code lm_head}, {@code model.embed_tokens} and norms, change nothing.
     */
    static boolean excludesTernary(String name) {
        if (!PLAIN.matcher(name).matches()) {
            return true;
        }
        Matcher layer = LAYER.matcher(name);
        String prefix = LAYERS + (layer.find() ? layer.group(1) : "0");
        return TERNARY.stream()
                .map(prefix::concat)
                .anyMatch(module -> module.startsWith(name)
                        || module.endsWith(name)
                        || List.of(module.split("\\.", -1)).contains(name));
    }
}
