package bitnet.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The command, run in this JVM with streams and an environment of the test's. */
final class Bitnet {
    private final Map<String, String> environment = new HashMap<>();
    private final Interruption interruption = new Interruption();
    private InputStream in = InputStream.nullInputStream();

    /** What came of it. */
    record Result(int code, String out, String err) {
        /** Standard output as JSON: maps, lists, strings, numbers, booleans and null. */
        Object json() {
            return parse(out);
        }

        @SuppressWarnings("unchecked")
        Map<String, Object> object() {
            return (Map<String, Object>) json();
        }
    }

    Bitnet with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    Bitnet reading(String text) {
        return reading(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    Bitnet reading(InputStream stream) {
        in = stream;
        return this;
    }

    Interruption interruption() {
        return interruption;
    }

    Result run(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        return run(out, out, args);
    }

    Result run(ByteArrayOutputStream written, OutputStream out, String... args) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        var console = new Console(
                in,
                new Output(out),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                new Environment(environment),
                interruption,
                false);
        int code = CommandTree.execute(console, args);
        return new Result(code, written.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** Reads one JSON document, and makes sure that nothing follows it. */
    static Object parse(String text) {
        try (JsonParser json = Json.factory().createParser(text)) {
            json.nextToken();
            Object value = value(json);
            if (json.nextToken() != null) {
                throw new AssertionError("more than one document: " + text);
            }
            return value;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Object value(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> members = new LinkedHashMap<>();
                while (json.nextToken() != JsonToken.END_OBJECT) {
                    String name = json.currentName();
                    json.nextToken();
                    members.put(name, value(json));
                }
                yield members;
            }
            case START_ARRAY -> {
                List<Object> elements = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    elements.add(value(json));
                }
                yield elements;
            }
            case VALUE_STRING -> json.getText();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> json.getNumberValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw new AssertionError("unexpected " + json.currentToken());
        };
    }
}
