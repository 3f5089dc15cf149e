package bitnet.safetensors;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.PoolingType;
import bitnet.json.JsonReader;
import bitnet.model.Pooling;
import bitnet.model.Prompts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files that the library sentence-transformers puts beside a model: {@code modules.json}, what stands behind the transformer,
 * with the pooling's own {@code config.json}, and {@code config_sentence_transformers.json} with prompts.
 */
final class SentenceTransformers {
    private static final String MODULES = "modules.json";
    private static final String FLAG = "pooling_mode_";
    private static final int MAX_PROMPTS = 10_000;
    private static final int MAX_MODULES = 100;

    private SentenceTransformers() {}

    /**
     * The pooling that the directory says; null if it says none.
     *
     * @throws ModelUnsupportedException if there is a module or a way of pooling that bitnet does not have
     */
    static @Nullable Pooling pooling(Path directory) {
        Path modules = directory.resolve(MODULES);
        if (!Files.exists(modules)) {
            return null;
        }
        PoolingType type = null;
        boolean normalized = false;
        for (Module module : modules(modules)) {
            switch (module.kind()) {
                case "Transformer" -> {}
                case "Pooling" -> type = type(directory, module.path());
                case "Normalize" -> normalized = true;
                default ->
                    throw new ModelUnsupportedException(
                            modules.toString(), "the module " + module.kind() + " is not supported");
            }
        }
        return type == null ? null : new Pooling(type, normalized);
    }

    /** What stands behind the other in a model. */
    record Module(String kind, String path) {}

    private static List<Module> modules(Path file) {
        try (JsonReader in = JsonReader.open(file)) {
            return modules(in);
        }
    }

    static List<Module> modules(JsonReader in) {
        List<Module> modules = new ArrayList<>();
        in.beginArray();
        while (in.nextElement()) {
            if (modules.size() == MAX_MODULES) {
                throw in.error("more than " + MAX_MODULES + " modules");
            }
            modules.add(module(in));
        }
        in.end();
        return modules;
    }

    private static Module module(JsonReader in) {
        String kind = "";
        String path = "";
        in.beginObject();
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            switch (field) {
                case "type" -> {
                    String type = in.string();
                    kind = type.substring(type.lastIndexOf('.') + 1);
                }
                case "path" -> path = in.string();
                default -> in.skip();
            }
        }
        return new Module(kind, path);
    }

    private static PoolingType type(Path directory, String path) {
        if (path.chars().anyMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ') || path.equals("..")) {
            throw new ModelFormatException(
                    directory.resolve(MODULES).toString(),
                    "path",
                    "\"" + path + "\" is not a directory beside the file");
        }
        try (JsonReader in = JsonReader.open(directory.resolve(path).resolve("config.json"))) {
            return type(in);
        }
    }

    /** Of the pooling's own file. */
    static PoolingType type(JsonReader in) {
        Set<String> modes = new LinkedHashSet<>();
        in.beginObject();
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            if (field.equals("pooling_mode")) {
                modes.add(in.string());
            } else if (field.startsWith(FLAG)) {
                if (in.bool()) {
                    modes.add(field.substring(FLAG.length()));
                }
            } else if (field.equals("include_prompt")) {
                if (!in.bool()) {
                    throw new ModelUnsupportedException(
                            in.source(), "include_prompt: prompts are always pooled as well");
                }
            } else {
                in.skip();
            }
        }
        in.end();
        return switch (String.join(", ", modes)) {
            case "lasttoken" -> PoolingType.LAST;
            case "mean", "mean_tokens" -> PoolingType.MEAN;
            case "" -> throw new ModelFormatException(in.source(), "pooling_mode", "no pooling mode is set");
            case String others ->
                throw new ModelUnsupportedException(
                        in.source(), "pooling by " + others + " is not supported; lasttoken and mean_tokens are");
        };
    }

    /** The prompts of the directory. */
    static Prompts prompts(Path directory) {
        Path file = directory.resolve("config_sentence_transformers.json");
        if (!Files.exists(file)) {
            return Prompts.NONE;
        }
        try (JsonReader in = JsonReader.open(file)) {
            return prompts(in);
        }
    }

    static Prompts prompts(JsonReader in) {
        Map<String, String> texts = new LinkedHashMap<>();
        String defaultName = null;
        in.beginObject();
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            if (field.equals("prompts") && !in.isNull()) {
                in.beginObject();
                for (String name = in.nextField(); name != null; name = in.nextField()) {
                    if (texts.size() == MAX_PROMPTS) {
                        throw in.error("more than " + MAX_PROMPTS + " prompts");
                    }
                    texts.put(name, in.string());
                }
            } else if (field.equals("default_prompt_name") && !in.isNull()) {
                defaultName = in.string();
            } else {
                in.skip();
            }
        }
        in.end();
        if (defaultName != null && !texts.containsKey(defaultName)) {
            throw new ModelFormatException(
                    in.source(),
                    "default_prompt_name",
                    "\"" + defaultName + "\" is not among the prompts " + texts.keySet());
        }
        return new Prompts(texts, defaultName);
    }
}
