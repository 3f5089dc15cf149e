package bitnet.json;

import bitnet.ModelFormatException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON texts of callers and models as values: {@link String}, {@link Boolean}, {@link Long} for whole numbers, {@link Double} for others,
 * null, and lists and maps of these.
 */
public final class JsonValues {
    private static final JsonFactory FACTORY = new JsonFactory();

    private JsonValues() {}

    /**
     * A JSON object.
     *
     * @throws IllegalArgumentException if the text is none
     */
    public static Map<String, @Nullable Object> object(String source, String json) {
        try (JsonReader in = JsonReader.of(source, json.getBytes(StandardCharsets.UTF_8))) {
            if (!in.isObject()) {
                throw new IllegalArgumentException(source + " is not a JSON object");
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

    /**
     * A value as JSON, without blanks. Numbers of any class are written with the digits that they have.
     *
     * @throws IllegalArgumentException if it is no such value, or a number that JSON does not have
     */
    public static String text(@Nullable Object value) {
        var text = new StringWriter();
        try (JsonGenerator out = FACTORY.createGenerator(text)) {
            write(out, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static void write(JsonGenerator out, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> out.writeNull();
            case String text -> out.writeString(text);
            case Boolean flag -> out.writeBoolean(flag);
            case Double number when Double.isFinite(number) -> out.writeNumber(number);
            case Float number when Float.isFinite(number) -> out.writeNumber(number);
            case Long number -> out.writeNumber(number);
            case Integer number -> out.writeNumber(number);
            case BigInteger number -> out.writeNumber(number);
            case BigDecimal number -> out.writeNumber(number);
            case List<?> elements -> {
                out.writeStartArray();
                for (Object element : elements) {
                    write(out, element);
                }
                out.writeEndArray();
            }
            case Map<?, ?> fields -> {
                out.writeStartObject();
                for (Map.Entry<?, ?> field : fields.entrySet()) {
                    out.writeFieldName(String.valueOf(field.getKey()));
                    write(out, field.getValue());
                }
                out.writeEndObject();
            }
            default -> throw new IllegalArgumentException(value + " is not a JSON value");
        }
    }
}
