package bitnet.constraint;

import bitnet.InvalidConstraintException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether no value is valid by two of several schemas, which {@code oneOf} asks for: they have no type in common, no constant in
 * common, or objects that differ in the constant of a required property.
 */
final class Disjoint {
    private Disjoint() {}

    /** @throws InvalidConstraintException if two alternatives cannot be told apart */
    static void check(List<Schema> alternatives, String at) {
        for (int i = 0; i < alternatives.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (!areDisjoint(alternatives.get(j), alternatives.get(i))) {
                    throw new InvalidConstraintException("schema, " + at
                            + "/oneOf: a value may be valid by alternatives " + j
                            + " and " + i + ", as far as can be seen; they need different types or a required property"
                            + " with different constants (or say anyOf)");
                }
            }
        }
    }

    private static boolean areDisjoint(Schema a, Schema b) {
        List<?> ofA = constants(a);
        List<?> ofB = constants(b);
        if (ofA != null && ofB != null) {
            return Collections.disjoint(byValue(ofA), byValue(ofB));
        }
        if (ofA != null) {
            return hasNoneOf(b, ofA);
        }
        if (ofB != null) {
            return hasNoneOf(a, ofB);
        }
        Set<String> typesOfA = a.types();
        Set<String> typesOfB = b.types();
        // a schema without types lets all values pass that its keywords are not about
        boolean typed = a.has("type") && b.has("type");
        boolean numbers = isNumber(typesOfA) && isNumber(typesOfB);
        if (typed && Collections.disjoint(typesOfA, typesOfB) && !numbers) {
            return true;
        }
        return typesOfA.equals(Set.of("object")) && typesOfB.equals(Set.of("object")) && differ(a, b);
    }

    private static boolean hasNoneOf(Schema schema, List<?> values) {
        return schema.has("type") && values.stream().noneMatch(value -> hasType(value, schema.types()));
    }

    /** Values with numbers such that equal ones are equal objects. */
    private static List<@Nullable Object> byValue(List<?> values) {
        List<@Nullable Object> all = new ArrayList<>();
        values.forEach(value -> all.add(byValue(value)));
        return all;
    }

    private static @Nullable Object byValue(@Nullable Object value) {
        return switch (value) {
            case BigDecimal number -> number.stripTrailingZeros();
            case List<?> list -> byValue(list);
            case Map<?, ?> map -> {
                Map<Object, @Nullable Object> all = new HashMap<>();
                map.forEach((name, one) -> all.put(name, byValue(one)));
                yield all;
            }
            case null, default -> value;
        };
    }

    private static boolean differ(Schema a, Schema b) {
        Map<String, @Nullable Object> ofB = b.schemas("properties");
        for (Map.Entry<String, @Nullable Object> property :
                a.schemas("properties").entrySet()) {
            String name = property.getKey();
            if (a.names("required").contains(name)
                    && b.names("required").contains(name)
                    && property.getValue() instanceof Map
                    && ofB.get(name) instanceof Map
                    && areDisjoint(Schema.of(property.getValue(), a.at()), Schema.of(ofB.get(name), b.at()))) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable List<?> constants(Schema schema) {
        if (schema.has("const")) {
            return Collections.singletonList(schema.get("const"));
        }
        return schema.has("enum") ? schema.list("enum") : null;
    }

    private static boolean isNumber(Set<String> types) {
        return types.contains("number") || types.contains("integer");
    }

    /** Whether a value is of one of these types. */
    static boolean hasType(@Nullable Object value, Set<String> types) {
        return switch (value) {
            case null -> types.contains("null");
            case Map<?, ?> _ -> types.contains("object");
            case List<?> _ -> types.contains("array");
            case String _ -> types.contains("string");
            case Boolean _ -> types.contains("boolean");
            case BigDecimal number ->
                types.contains("number")
                        || (types.contains("integer")
                                && number.stripTrailingZeros().scale() <= 0);
            default -> false;
        };
    }
}
