package bitnet.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an embedding model wants in front of texts, such as {@code query: } before queries.
 *
 * @param texts by name, in the file's order
 * @param defaultName the prompt of texts for which none is named; null for none
 */
public record Prompts(Map<String, String> texts, @Nullable String defaultName) {
    /** A model that wants nothing. */
    public static final Prompts NONE = new Prompts(Map.of(), null);

    public Prompts {
        texts = Collections.unmodifiableMap(new LinkedHashMap<>(texts));
    }
}
