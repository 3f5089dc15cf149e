package bitnet.gguf;

import bitnet.ModelFormatException;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;

/** The metadata of a file: values by key, in the file's order, and readers that insist on a type. */
public final class GgufMetadata {
    private final String source;
    private final Map<String, GgufValue> values;

    GgufMetadata(String source, Map<String, GgufValue> values) {
        this.source = source;
        this.values = Collections.unmodifiableMap(values);
    }

    /** All values. */
    public Map<String, GgufValue> values() {
        return values;
    }

    /** Whether there is a value. */
    public boolean has(String key) {
        return values.containsKey(key);
    }

    /**
     * A string, if there is one.
     *
     * @throws ModelFormatException if the value is something else
     */
    public Optional<String> text(String key) {
        return find(key, GgufValue.Text.class, "a string").map(GgufValue.Text::value);
    }

    /**
     * A flag, if there is one.
     *
     * @throws ModelFormatException if the value is something else
     */
    public Optional<Boolean> flag(String key) {
        return find(key, GgufValue.Bool.class, "a bool").map(GgufValue.Bool::value);
    }

    /**
     * A finite number, if there is one; integers count.
     *
     * @throws ModelFormatException if the value is something else
     */
    public Optional<Double> number(String key) {
        if (values.get(key) instanceof GgufValue.Int integer) {
            return Optional.of((double) integer.value());
        }
        return find(key, GgufValue.Real.class, "a number").map(real -> {
            if (!Double.isFinite(real.value())) {
                throw problem(key, real + " is not a finite number");
            }
            return real.value();
        });
    }

    /**
     * An integer within a range, if there is one.
     *
     * @throws ModelFormatException if the value is something else or out of range
     */
    public Optional<Integer> integer(String key, int minimum, int maximum) {
        return find(key, GgufValue.Int.class, "an integer").map(integer -> {
            if (integer.value() < minimum || integer.value() > maximum) {
                throw problem(key, integer + " is not between " + minimum + " and " + maximum);
            }
            return (int) integer.value();
        });
    }

    /**
     * An array, if there is one.
     *
     * @throws ModelFormatException if the value is something else
     */
    public Optional<GgufArray> array(String key) {
        return find(key, GgufArray.class, "an array");
    }

    /** What is wrong with a key. */
    ModelFormatException problem(String key, String problem) {
        return new ModelFormatException(source, key, problem);
    }

    private <T extends GgufValue> Optional<T> find(String key, Class<T> kind, String expected) {
        GgufValue value = values.get(key);
        if (value != null && !kind.isInstance(value)) {
            throw problem(
                    key,
                    value instanceof GgufValue.Bytes && kind == GgufValue.Text.class
                            ? "a string that is not UTF-8"
                            : "a value of type " + value.type() + ", not " + expected);
        }
        return Optional.ofNullable(value).map(kind::cast);
    }
}
