package bitnet.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/** JSON documents on standard output, each a line of its own. */
final class Json {
    private static final JsonFactory FACTORY = new JsonFactory();

    /** Writes one value. */
    @FunctionalInterface
    interface Content {
        void write(JsonGenerator json) throws IOException;
    }

    private Json() {}

    /** The factory, for parsers. */
    static JsonFactory factory() {
        return FACTORY;
    }

    /** Writes a document and a newline. Nothing is written if {@code content} fails. */
    static void println(Console console, Content content) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            content.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        console.println(text.toString());
    }

    /** A member with a finite number, or null: JSON has no NaN and no infinity. */
    static void number(JsonGenerator json, String name, double value) throws IOException {
        if (Double.isFinite(value)) {
            json.writeNumberField(name, value);
        } else {
            json.writeNullField(name);
        }
    }

    /** The same for a float, whose digits are fewer. */
    static void number(JsonGenerator json, String name, float value) throws IOException {
        if (Float.isFinite(value)) {
            json.writeNumberField(name, value);
        } else {
            json.writeNullField(name);
        }
    }
}
