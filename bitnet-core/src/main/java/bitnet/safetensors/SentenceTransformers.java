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
 * with the pooling's own {@code config.json}, {@code config_sentence_transformers.json} with prompts, and {@code
 * sentence_bert_config.json} with the length that texts may have.
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
        @Nullable Pooling pooling = null;
        boolean normalized = false;
        for (Module module : modules(modules)) {
            switch (module.kind()) {
                case "Transformer" -> {}
                case "Pooling" -> pooling = pooling(directory, module.path());
                case "Normalize" -> normalized = true;
                default ->
                    throw new ModelUnsupportedException(
                            modules.toString(), "the module " + module.kind() + " is not supported");
            }
        }
        return pooling == null ? null : new Pooling(pooling.type(), normalized, pooling.includesPrompt());
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

    private static Pooling pooling(Path directory, String path) {
        if (path.chars().anyMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ') || path.equals("..")) {
            throw new ModelFormatException(
                    directory.resolve(MODULES).toString(),
                    "path",
                    "\"" + path + "\" is not a directory beside the file");
        }
        try (JsonReader in = JsonReader.open(directory.resolve(path).resolve("config.json"))) {
            return pooling(in);
        }
    }

    /** What the pooling's own file says; whether vectors are normalised is not in it. */
    static Pooling pooling(JsonReader in) {
        Set<String> modes = new LinkedHashSet<>();
        boolean includesPrompt = true;
        in.beginObject();
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            if (field.equals("pooling_mode")) {
                modes.add(in.string());
            } else if (field.startsWith(FLAG)) {
                if (in.bool()) {
                    modes.add(field.substring(FLAG.length()));
                }
            } else if (field.equals("include_prompt")) {
                includesPrompt = in.bool();
            } else {
                in.skip();
            }
        }
        in.end();
        PoolingType type = switch (String.join(", ", modes)) {
            case "cls", "cls_token" -> PoolingType.FIRST;
            case "lasttoken" -> PoolingType.LAST;
            case "mean", "mean_tokens" -> PoolingType.MEAN;
            case "" -> throw new ModelFormatException(in.source(), "pooling_mode", "no pooling mode is set");
            case String others ->
                throw new ModelUnsupportedException(
                        in.source(),
                        "pooling by " + others + " is not supported; lasttoken, mean_tokens and cls_token are");
        };
        return new Pooling(type, false, includesPrompt);
    }

    /** The most tokens of a text that the directory allows, its ends included; as many as there are where it says nothing. */
    static int maxTokens(Path directory) {
        Path file = directory.resolve("sentence_bert_config.json");
        if (!Files.exists(file)) {
            return Integer.MAX_VALUE;
        }
        try (JsonReader in = JsonReader.open(file)) {
            return maxTokens(in);
        }
    }

    static int maxTokens(JsonReader in) {
        int most = Integer.MAX_VALUE;
        in.beginObject();
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            if (field.equals("max_seq_length") && !in.isNull()) {
                most = in.integer(1, Integer.MAX_VALUE);
            } else {
                in.skip();
            }
        }
        in.end();
        return most;
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
