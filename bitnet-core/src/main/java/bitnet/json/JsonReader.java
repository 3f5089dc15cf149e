package bitnet.json;

import bitnet.ModelFormatException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON document from a stranger, read as a stream: nothing is kept but what the caller asks for. Depth, lengths of strings
 * and numbers and the size of the document are limited; a field that stands twice, invalid UTF-8 and half a surrogate pair
 * are refused. Every problem is a {@link ModelFormatException} that names the file, the field, line and column.
 *
 * <p>The reader stands on a value: {@link #nextField} and {@link #nextElement} move it to the next one, the other methods read
 * the value or {@link #skip} it.
 */
public final class JsonReader implements AutoCloseable {
    /** The largest document; the vocabularies of released models take a few to some thirty MB. */
    public static final long MAX_BYTES = 64L << 20;

    private static final int MAX_DEPTH = 64;
    private static final int MAX_STRING = 1 << 20;
    private static final int MAX_NAME = 1 << 16;
    private static final int MAX_NUMBER = 64;
    /** How many values {@link #value} reads before it gives up. */
    private static final int MAX_VALUES = 10_000;

    // A vocabulary has 100,000 names that occur once: a table of canonical names would only grow.
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(MAX_STRING)
                    .maxNameLength(MAX_NAME)
                    .maxNumberLength(MAX_NUMBER)
                    .maxDocumentLength(MAX_BYTES)
                    .build())
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(StreamReadFeature.AUTO_CLOSE_SOURCE)
            .build();

    private final String source;
    private final JsonParser parser;
    private int values;

    /**
     * Opens a file and stands on its root.
     *
     * @throws ModelFormatException if it is not a regular file, too large or does not begin as JSON does
     */
    public static JsonReader open(Path file) {
        String source = file.toString();
        try {
            if (!Files.isRegularFile(file)) {
                throw new ModelFormatException(
                        source, "file", Files.exists(file) ? "is not a regular file" : "does not exist");
            }
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw new ModelFormatException(source, "file", size + " bytes; at most " + MAX_BYTES + " are read");
            }
            return new JsonReader(source, Files.newInputStream(file));
        } catch (NoSuchFileException e) {
            throw new ModelFormatException(source, "file", "does not exist", e);
        } catch (IOException e) {
            throw new ModelFormatException(source, "file", "cannot be read: " + e.getMessage(), e);
        }
    }

    /** Reads a document in memory; {@code source} names it. */
    public static JsonReader of(String source, byte[] document) {
        return new JsonReader(source, new ByteArrayInputStream(document));
    }

    private JsonReader(String source, InputStream in) {
        this.source = source;
        var utf8 = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        try {
            parser = FACTORY.createParser(new InputStreamReader(in, utf8));
        } catch (IOException e) {
            throw new ModelFormatException(source, "file", "cannot be read: " + e.getMessage(), e);
        }
        try {
            advance();
        } catch (ModelFormatException e) {
            close();
            throw e;
        }
    }

    /** The file. */
    public String source() {
        return source;
    }

    /** Enters the object that the reader stands on. */
    public void beginObject() {
        expect(JsonToken.START_OBJECT, "an object");
    }

    /** Moves to the value of the object's next field and returns its name; null at the object's end. */
    public @Nullable String nextField() {
        if (advance() == JsonToken.END_OBJECT) {
            return null;
        }
        String name = wellFormed(read(JsonParser::currentName));
        advance();
        return name;
    }

    /** Enters the array that the reader stands on. */
    public void beginArray() {
        expect(JsonToken.START_ARRAY, "an array");
    }

    /** Moves to the array's next element; false at its end. */
    public boolean nextElement() {
        return advance() != JsonToken.END_ARRAY;
    }

    /** Whether the reader stands on a string. */
    public boolean isString() {
        return parser.currentToken() == JsonToken.VALUE_STRING;
    }

    /** Whether the reader stands on an array. */
    public boolean isArray() {
        return parser.currentToken() == JsonToken.START_ARRAY;
    }

    /** Whether the reader stands on an object. */
    public boolean isObject() {
        return parser.currentToken() == JsonToken.START_OBJECT;
    }

    /** Whether the reader stands on a number. */
    public boolean isNumber() {
        return isWhole() || parser.currentToken() == JsonToken.VALUE_NUMBER_FLOAT;
    }

    /** Whether the reader stands on a number without fraction and exponent. */
    public boolean isWhole() {
        return parser.currentToken() == JsonToken.VALUE_NUMBER_INT;
    }

    /** Whether the reader stands on null. */
    public boolean isNull() {
        return parser.currentToken() == JsonToken.VALUE_NULL;
    }

    /** The string that the reader stands on. */
    public String string() {
        expect(JsonToken.VALUE_STRING, "a string");
        return wellFormed(read(JsonParser::getText));
    }

    /** The boolean that the reader stands on. */
    public boolean bool() {
        if (parser.currentToken() == JsonToken.VALUE_TRUE) {
            return true;
        }
        expect(JsonToken.VALUE_FALSE, "true or false");
        return false;
    }

    /** The whole number that the reader stands on, if it lies between the two. */
    public int integer(int min, int max) {
        return (int) integer((long) min, max);
    }

    /** The whole number that the reader stands on, if it lies between the two. */
    public long integer(long min, long max) {
        expect(JsonToken.VALUE_NUMBER_INT, "a whole number");
        long value = read(JsonParser::getLongValue);
        if (value < min || value > max) {
            throw error(value + "; expected a whole number from " + min + " to " + max);
        }
        return value;
    }

    /** The number that the reader stands on; finite. */
    public double number() {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            expect(JsonToken.VALUE_NUMBER_FLOAT, "a number");
        }
        double value = read(JsonParser::getDoubleValue);
        if (!Double.isFinite(value)) {
            throw error("a number beyond the range of a double");
        }
        return value;
    }

    /** Passes over the value that the reader stands on. */
    public void skip() {
        read(JsonParser::skipChildren);
    }

    /**
     * The value that the reader stands on, whole: a {@code Map<String, Object>}, {@code List<Object>}, {@code String},
     * {@code Double}, {@code Boolean} or null. For small values: one reader builds at most 10,000 of them.
     */
    public @Nullable Object value() {
        if (++values > MAX_VALUES) {
            throw error("more than " + MAX_VALUES + " values");
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> fields = new LinkedHashMap<>();
                for (String field = nextField(); field != null; field = nextField()) {
                    fields.put(field, value());
                }
                yield fields;
            }
            case START_ARRAY -> {
                List<@Nullable Object> elements = new ArrayList<>();
                while (nextElement()) {
                    elements.add(value());
                }
                yield elements;
            }
            case VALUE_STRING -> string();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number();
            case VALUE_TRUE, VALUE_FALSE -> bool();
            default -> null;
        };
    }

    /** Makes sure that nothing follows the root. */
    public void end() {
        if (read(JsonParser::nextToken) != null) {
            throw error("more after the end of the document");
        }
    }

    /** A problem at the value that the reader stands on. */
    public ModelFormatException error(String problem) {
        String path = parser.getParsingContext().pathAsPointer().toString();
        if (path.length() > 100) {
            path = path.substring(0, 100) + "…";
        }
        return new ModelFormatException(source, (path.isEmpty() ? "root" : path) + position(), problem);
    }

    @Override
    public void close() {
        try {
            parser.close();
        } catch (IOException e) {
            throw new ModelFormatException(source, "file", "cannot be closed: " + e.getMessage(), e);
        }
    }

    private void expect(JsonToken token, String what) {
        if (parser.currentToken() != token) {
            throw error("found " + found() + ", expected " + what);
        }
    }

    private String found() {
        return switch (parser.currentToken()) {
            case null -> "nothing";
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            default -> "null";
        };
    }

    private JsonToken advance() {
        JsonToken token = read(JsonParser::nextToken);
        if (token == null) {
            throw new ModelFormatException(source, "end of the file", "found no JSON, expected a value");
        }
        return token;
    }

    private String wellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                if (Character.isLowSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    throw error("half a surrogate pair");
                }
                i++;
            }
        }
        return text;
    }

    private String position() {
        var at = parser.currentTokenLocation();
        return ", line " + at.getLineNr() + ", column " + at.getColumnNr();
    }

    private interface Read<T extends @Nullable Object> {
        T from(JsonParser parser) throws IOException;
    }

    private <T extends @Nullable Object> T read(Read<T> read) {
        try {
            return read.from(parser);
        } catch (JsonProcessingException e) {
            var at = e.getLocation();
            String where = at == null ? "JSON" : "line " + at.getLineNr() + ", column " + at.getColumnNr();
            throw new ModelFormatException(source, where, e.getOriginalMessage(), e);
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(
                    source, "after line " + parser.currentLocation().getLineNr(), "invalid UTF-8", e);
        } catch (IOException e) {
            throw new ModelFormatException(source, "file", "cannot be read: " + e.getMessage(), e);
        }
    }
}
