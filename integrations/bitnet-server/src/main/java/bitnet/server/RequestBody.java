package bitnet.server;

import bitnet.ModelFormatException;
import bitnet.json.JsonReader;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The JSON object of a request; null and a missing field are the same. */
final class RequestBody {
    private final Map<?, ?> fields;
    private final String at;

    private RequestBody(Map<?, ?> fields, String at) {
        this.fields = fields;
        this.at = at;
    }

    /** @throws RequestException if it is not a JSON object */
    static RequestBody parse(byte[] body) {
        try (JsonReader reader = JsonReader.of("request", body)) {
            Object value = reader.value();
            reader.end();
            return of(value, "");
        } catch (ModelFormatException e) {
            throw RequestException.invalid("body", "the body is not JSON: " + e.getMessage());
        }
    }

    static RequestBody of(@Nullable Object value, String at) {
        if (value instanceof Map<?, ?> map) {
            return new RequestBody(map, at);
        }
        throw RequestException.invalid(at.isEmpty() ? "body" : at, "expected a JSON object");
    }

    @Nullable
    Object get(String name) {
        return fields.get(name);
    }

    /** The names of its fields. */
    List<String> names() {
        return fields.keySet().stream().map(String::valueOf).toList();
    }

    String path(String name) {
        return at.isEmpty() ? name : at + "." + name;
    }

    /** Refuses a field that asks for something that there is not, unless its value is one of these. */
    void refuse(String name, Object... harmless) {
        Object value = get(name);
        if (value != null && !List.of(harmless).contains(value) && !List.of().equals(value)) {
            throw RequestException.unsupported(path(name));
        }
    }

    @Nullable
    String string(String name) {
        Object value = get(name);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw RequestException.invalid(path(name), "'" + path(name) + "' is not a string");
    }

    boolean flag(String name) {
        Object value = get(name);
        if (value == null || value instanceof Boolean) {
            return Boolean.TRUE.equals(value);
        }
        throw RequestException.invalid(path(name), "'" + path(name) + "' is not true or false");
    }

    @Nullable
    Double number(String name, double min, double max) {
        Object value = get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof Double number && number >= min && number <= max) {
            return number;
        }
        throw RequestException.invalid(path(name), "'" + path(name) + "' is not a number from " + min + " to " + max);
    }

    int integer(String name, int missing, int min, int max) {
        Double value = number(name, min, max);
        if (value == null) {
            return missing;
        }
        if (value != Math.rint(value)) {
            throw RequestException.invalid(path(name), "'" + path(name) + "' is not a whole number");
        }
        return value.intValue();
    }

    List<?> list(String name) {
        Object value = get(name);
        if (value == null) {
            return List.of();
        }
        if (value instanceof List<?> list) {
            return list;
        }
        throw RequestException.invalid(path(name), "'" + path(name) + "' is not an array");
    }

    /** An object of this one; null if it is missing. */
    @Nullable
    RequestBody object(String name) {
        return get(name) == null ? null : of(get(name), path(name));
    }
}
