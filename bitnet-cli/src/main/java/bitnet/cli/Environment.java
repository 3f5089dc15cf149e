package bitnet.cli;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The environment variables that stand in for options. An option given on the command line wins.
 *
 * @param variables by name
 */
record Environment(Map<String, String> variables) {
    Environment {
        variables = Map.copyOf(variables);
    }

    /** The first of these variables that is set and not blank. */
    Optional<String> text(String... names) {
        return read(Function.identity(), "a text", names);
    }

    /** The first of these variables that is set, as an integer. */
    Optional<Integer> integer(String... names) {
        return read(Integer::valueOf, "an integer", names);
    }

    /** The first of these variables that is set, as a long integer. */
    Optional<Long> longInteger(String... names) {
        return read(Long::valueOf, "an integer", names);
    }

    /**
     * The first of these variables that is set, parsed.
     *
     * @throws UsageException if it cannot be parsed
     */
    <T> Optional<T> read(Function<String, T> parser, String expected, String... names) {
        for (String name : names) {
            String value = variables.get(name);
            if (value != null && !value.isBlank()) {
                try {
                    return Optional.of(parser.apply(value.strip()));
                } catch (IllegalArgumentException e) {
                    throw new UsageException(
                            "the environment variable " + name + " is '" + value + "', not " + expected, e);
                }
            }
        }
        return Optional.empty();
    }
}
