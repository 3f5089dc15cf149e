package bitnet.constraint;

import bitnet.InvalidConstraintException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Two schemas as one that asks for both. */
final class SchemaMerge {
    private SchemaMerge() {}

    /** @throws InvalidConstraintException if they say of one thing what cannot be said as one keyword */
    static Schema both(Schema a, Schema b) {
        checkAdditional(a, b);
        checkAdditional(b, a);
        checkItems(a, b);
        checkItems(b, a);
        Map<String, @Nullable Object> merged = new LinkedHashMap<>(a.keywords());
        b.keywords()
                .forEach((keyword, value) ->
                        merged.put(keyword, a.has(keyword) ? merge(keyword, a.get(keyword), value, a.at()) : value));
        return new Schema(merged, a.at());
    }

    /** What is additional is what this very schema does not declare, so declarations cannot come from elsewhere. */
    private static void checkAdditional(Schema restricting, Schema declaring) {
        if (restricting.has("additionalProperties")
                && !Boolean.TRUE.equals(restricting.get("additionalProperties"))
                && !restricting
                        .schemas("properties")
                        .keySet()
                        .containsAll(declaring.schemas("properties").keySet())) {
            throw new InvalidConstraintException(
                    "schema, " + restricting.at()
                            + ": additionalProperties beside properties that another part of the schema declares is not supported");
        }
    }

    /** Items are those behind the prefix of this very schema, so a longer prefix cannot come from elsewhere. */
    private static void checkItems(Schema restricting, Schema declaring) {
        if (restricting.has("items")
                && restricting.list("prefixItems").size()
                        < declaring.list("prefixItems").size()) {
            throw new InvalidConstraintException("schema, " + restricting.at()
                    + ": items beside prefixItems of another part of the schema is not supported");
        }
    }

    private static @Nullable Object merge(String keyword, @Nullable Object a, @Nullable Object b, String at) {
        if (Objects.equals(a, b) || Schema.isAnnotation(keyword)) {
            return a;
        }
        return switch (keyword) {
            case "properties" -> properties(Schema.of(a, at), Schema.of(b, at));
            case "required" -> union(listOf(a), listOf(b));
            case "items", "additionalProperties" -> Map.of("allOf", Arrays.asList(a, b));
            case "allOf" -> concatenated(listOf(a), listOf(b));
            case "type" -> types(listOf(a), listOf(b));
            case "enum" -> intersection(listOf(a), listOf(b));
            case "minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties" ->
                number(a).max(number(b));
            case "maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties" ->
                number(a).min(number(b));
            default ->
                throw new InvalidConstraintException("schema, " + at + ": two different values of '" + keyword
                        + "' for one value are not supported");
        };
    }

    private static Map<String, @Nullable Object> properties(Schema a, Schema b) {
        Map<String, @Nullable Object> merged = new LinkedHashMap<>(a.keywords());
        b.keywords().forEach((name, schema) -> {
            boolean twice = a.has(name) && !Objects.equals(a.get(name), schema);
            merged.put(name, twice ? Map.of("allOf", Arrays.asList(a.get(name), schema)) : schema);
        });
        return merged;
    }

    private static List<@Nullable Object> union(List<?> a, List<?> b) {
        Set<@Nullable Object> all = new LinkedHashSet<>(a);
        all.addAll(b);
        return new ArrayList<>(all);
    }

    private static List<@Nullable Object> concatenated(List<?> a, List<?> b) {
        List<@Nullable Object> all = new ArrayList<>(a);
        all.addAll(b);
        return all;
    }

    private static List<@Nullable Object> intersection(List<?> a, List<?> b) {
        List<@Nullable Object> both = new ArrayList<>(a);
        both.retainAll(b);
        return both;
    }

    private static List<@Nullable Object> types(List<?> a, List<?> b) {
        Set<@Nullable Object> both = new LinkedHashSet<>();
        for (Object type : a) {
            if (b.contains(type) || ("integer".equals(type) && b.contains("number"))) {
                both.add(type);
            } else if ("number".equals(type) && b.contains("integer")) {
                both.add("integer");
            }
        }
        return new ArrayList<>(both);
    }

    private static List<?> listOf(@Nullable Object value) {
        return value instanceof List<?> list ? list : Arrays.asList(value);
    }

    private static BigDecimal number(@Nullable Object value) {
        return value instanceof BigDecimal number ? number : BigDecimal.ZERO;
    }
}
