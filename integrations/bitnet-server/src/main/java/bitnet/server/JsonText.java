package bitnet.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Writes one JSON document in memory. */
final class JsonText {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final JsonGenerator generator;

    private JsonText() {
        try {
            generator = FACTORY.createGenerator(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The UTF-8 of what {@code write} writes. */
    static byte[] of(Consumer<JsonText> write) {
        var text = new JsonText();
        write.accept(text);
        text.run(JsonGenerator::close);
        return text.bytes.toByteArray();
    }

    void object(Runnable fields) {
        run(JsonGenerator::writeStartObject);
        fields.run();
        run(JsonGenerator::writeEndObject);
    }

    void object(String name, Runnable fields) {
        run(g -> g.writeFieldName(name));
        object(fields);
    }

    void array(String name, Runnable elements) {
        run(g -> g.writeArrayFieldStart(name));
        elements.run();
        run(JsonGenerator::writeEndArray);
    }

    void field(String name, @Nullable String value) {
        run(g -> {
            g.writeFieldName(name);
            if (value == null) {
                g.writeNull();
            } else {
                g.writeString(value);
            }
        });
    }

    void field(String name, long value) {
        run(g -> g.writeNumberField(name, value));
    }

    void field(String name, boolean value) {
        run(g -> g.writeBooleanField(name, value));
    }

    /** A number with the digits of a float; JSON has no infinity, so the least of log-probabilities is written. */
    void field(String name, float value) {
        run(g -> g.writeNumberField(name, Float.isFinite(value) ? value : -9999f));
    }

    /** With the digits of a float. */
    void element(float value) {
        run(g -> g.writeNumber(value));
    }

    void element(long value) {
        run(g -> g.writeNumber(value));
    }

    /** A value as {@link bitnet.json.JsonReader#value()} reads it. */
    void value(@Nullable Object value) {
        switch (value) {
            case Map<?, ?> fields ->
                object(() -> fields.forEach((name, field) -> {
                    run(g -> g.writeFieldName(String.valueOf(name)));
                    value(field);
                }));
            case List<?> elements -> {
                run(JsonGenerator::writeStartArray);
                elements.forEach(this::value);
                run(JsonGenerator::writeEndArray);
            }
            case Double number
            when number == Math.rint(number) && Math.abs(number) < 1e15 -> element(number.longValue());
            case Double number -> run(g -> g.writeNumber(number));
            case Boolean flag -> run(g -> g.writeBoolean(flag));
            case null -> run(JsonGenerator::writeNull);
            default -> run(g -> g.writeString(value.toString()));
        }
    }

    private interface Write {
        void to(JsonGenerator generator) throws IOException;
    }

    private void run(Write write) {
        try {
            write.to(generator);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
