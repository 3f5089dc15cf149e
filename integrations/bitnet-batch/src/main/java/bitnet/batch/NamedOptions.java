package bitnet.batch;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Options as text by name, in the way of {@code OPTIONS} and {@code WITH} of SQL. Who reads them takes one after another;
 * {@link #end()} refuses what nobody took. Not thread-safe.
 */
public final class NamedOptions {
    private final Map<String, String> left;
    private final Set<String> known = new TreeSet<>();

    public NamedOptions(Map<String, String> values) {
        left = new HashMap<>(values);
    }

    /** The value of an option, which is taken; null if it is not there. */
    public @Nullable String text(String name) {
        known.add(name);
        return left.remove(name);
    }

    /** As {@link #text(String)}, with what counts if it is not there. */
    public String text(String name, String otherwise) {
        String value = text(name);
        return value == null ? otherwise : value;
    }

    /** @throws IllegalArgumentException if it is there and no whole number of 32 bits */
    public int integer(String name, int otherwise) {
        return parse(name, otherwise, Integer::valueOf, "a whole number");
    }

    /** @throws IllegalArgumentException if it is there and no whole number of 64 bits */
    public long whole(String name, long otherwise) {
        return parse(name, otherwise, Long::valueOf, "a whole number");
    }

    /** @throws IllegalArgumentException if it is there and no number */
    public float number(String name, float otherwise) {
        return parse(name, otherwise, Float::valueOf, "a number");
    }

    /** @throws IllegalArgumentException if it is there, and neither {@code true} nor {@code false} */
    public boolean flag(String name, boolean otherwise) {
        String text = text(name);
        return text == null ? otherwise : flag(name, text);
    }

    static boolean flag(String name, String text) {
        return switch (text.strip()) {
            case "true" -> true;
            case "false" -> false;
            default ->
                throw new IllegalArgumentException("the option " + name + " is '" + text + "', expected true or false");
        };
    }

    /** @throws IllegalArgumentException if it is there and no constant of the type, in letters of any case */
    public <E extends Enum<E>> @Nullable E constant(String name, Class<E> type) {
        String text = text(name);
        if (text == null) {
            return null;
        }
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equals(text.toUpperCase(Locale.ROOT))) {
                return constant;
            }
        }
        String expected = Arrays.stream(type.getEnumConstants()).map(Enum::name).collect(Collectors.joining(" or "));
        throw new IllegalArgumentException(
                "the option " + name + " is '" + text + "', expected " + expected.toLowerCase(Locale.ROOT));
    }

    private <T> T parse(String name, T otherwise, Function<String, T> parser, String expected) {
        String text = text(name);
        if (text == null) {
            return otherwise;
        }
        try {
            return parser.apply(text.strip());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the option " + name + " is '" + text + "', expected " + expected, e);
        }
    }

    /** @throws IllegalArgumentException if there are options that nobody took; the message has the names that are known */
    public void end() {
        if (!left.isEmpty()) {
            throw new IllegalArgumentException("there is no option " + String.join(", ", new TreeSet<>(left.keySet()))
                    + "; there are " + String.join(", ", known));
        }
    }
}
