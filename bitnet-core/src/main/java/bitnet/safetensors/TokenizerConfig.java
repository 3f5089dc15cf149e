package bitnet.safetensors;

import bitnet.json.JsonReader;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code tokenizer_config.json}.
 *
 * @param bos spelling of the begin-of-text token, if named
 * @param eos spelling of the end-of-text token, if named
 * @param addBos whether prompts begin with {@code bos}, if the file says so
 * @param addEos whether texts end with {@code eos}, if the file says so
 * @param chatTemplate the (default) chat template, if there is one
 */
record TokenizerConfig(
        @Nullable String bos,
        @Nullable String eos,
        @Nullable Boolean addBos,
        @Nullable Boolean addEos,
        @Nullable String chatTemplate) {
    /** For a model without the file. */
    static final TokenizerConfig NONE = new TokenizerConfig(null, null, null, null, null);

    private static final int MAX_TEMPLATES = 100;

    /** This one, and what only {@code special_tokens_map.json} says, which has the same fields. */
    TokenizerConfig orElse(TokenizerConfig map) {
        return new TokenizerConfig(
                bos == null ? map.bos : bos, eos == null ? map.eos : eos, addBos, addEos, chatTemplate);
    }

    static TokenizerConfig read(Path file) {
        try (JsonReader in = JsonReader.open(file)) {
            return read(in);
        }
    }

    /** Reads a document that {@code in} stands on. */
    static TokenizerConfig read(JsonReader in) {
        @Nullable String bos = null;
        @Nullable String eos = null;
        @Nullable Boolean addBos = null;
        @Nullable Boolean addEos = null;
        @Nullable String template = null;
        in.beginObject();
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            if (in.isNull()) {
                continue;
            }
            switch (field) {
                case "bos_token" -> bos = token(in);
                case "eos_token" -> eos = token(in);
                case "add_bos_token" -> addBos = in.bool();
                case "add_eos_token" -> addEos = in.bool();
                case "chat_template" -> template = in.isString() ? in.string() : defaultTemplate(in);
                default -> in.skip();
            }
        }
        in.end();
        return new TokenizerConfig(bos, eos, addBos, addEos, template);
    }

    /** A token's spelling: a string, or an object whose {@code content} it is. */
    private static @Nullable String token(JsonReader in) {
        if (!in.isObject()) {
            return in.string();
        }
        String content = null;
        in.beginObject();
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            if (field.equals("content")) {
                content = in.string();
            } else {
                in.skip();
            }
        }
        return content;
    }

    /** Of named templates, the one called {@code default}, or the only one. */
    private static @Nullable String defaultTemplate(JsonReader in) {
        Map<@Nullable String, @Nullable String> templates = new LinkedHashMap<>();
        in.beginArray();
        while (in.nextElement()) {
            String name = null;
            String template = null;
            in.beginObject();
            for (String field = in.nextField(); field != null; field = in.nextField()) {
                switch (field) {
                    case "name" -> name = in.string();
                    case "template" -> template = in.string();
                    default -> in.skip();
                }
            }
            if (templates.size() == MAX_TEMPLATES) {
                throw in.error("more than " + MAX_TEMPLATES + " templates");
            }
            templates.put(name, template);
        }
        return templates.size() == 1 ? templates.values().iterator().next() : templates.get("default");
    }
}
