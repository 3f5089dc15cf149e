package bitnet.engine;

import bitnet.ModelFormatException;
import bitnet.json.JsonReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON texts of callers and models as values, whole numbers as {@link Long}. */
final class JsonValues {
    private JsonValues() {}

    /**
     * A JSON object.
     *
     * @throws IllegalArgumentException if the text is none
     */
    static Map<String, @Nullable Object> object(String source, String json) {
        try (JsonReader in = JsonReader.of(source, json.getBytes(StandardCharsets.UTF_8))) {
            if (!in.isObject()) {
                throw new IllegalArgumentException(source + " is no JSON object");
            }
            Map<String, @Nullable Object> fields = fields(in);
            in.end();
            return fields;
        } catch (ModelFormatException e) {
            throw new IllegalArgumentException("no JSON object: " + e.getMessage(), e);
        }
    }

    private static Map<String, @Nullable Object> fields(JsonReader in) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        in.beginObject();
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            fields.put(field, value(in));
        }
        return fields;
    }

    private static @Nullable Object value(JsonReader in) {
        if (in.isObject()) {
            return fields(in);
        }
        if (in.isArray()) {
            List<@Nullable Object> elements = new ArrayList<>();
            in.beginArray();
            while (in.nextElement()) {
                elements.add(value(in));
            }
            return elements;
        }
        if (in.isString()) {
            return in.string();
        }
        if (in.isNumber()) {
            return in.isWhole() ? (Object) in.integer(Long.MIN_VALUE, Long.MAX_VALUE) : (Object) in.number();
        }
        return in.isNull() ? null : (Object) in.bool();
    }
}
