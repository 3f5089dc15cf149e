package bitnet.constraint;

import bitnet.InvalidConstraintException;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keywords of one schema object.
 *
 * @param keywords as {@link JsonTree} reads them
 * @param at its JSON pointer, for messages
 */
record Schema(Map<String, @Nullable Object> keywords, String at) {
    /** Keywords that restrict nothing. */
    private static final Set<String> ANNOTATIONS = Set.of(
            "$schema",
            "$id",
            "$anchor",
            "$comment",
            "$defs",
            "definitions",
            "title",
            "description",
            "default",
            "examples",
            "deprecated",
            "readOnly",
            "writeOnly",
            "contentMediaType",
            "contentEncoding",
            "format");

    /** Keywords that restrict values of one type, and let all others pass, whether they can be followed or not. */
    private static final Map<String, List<String>> ABOUT = Map.of(
            "object",
            List.of(
                    "properties",
                    "required",
                    "additionalProperties",
                    "minProperties",
                    "maxProperties",
                    "patternProperties",
                    "propertyNames",
                    "dependentRequired",
                    "dependentSchemas",
                    "dependencies",
                    "unevaluatedProperties"),
            "array",
            List.of(
                    "items",
                    "prefixItems",
                    "minItems",
                    "maxItems",
                    "uniqueItems",
                    "contains",
                    "unevaluatedItems",
                    "additionalItems"),
            "string",
            List.of("pattern", "minLength", "maxLength", "format"),
            "number",
            List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"));

    private static final List<String> TYPES =
            List.of("object", "array", "string", "number", "integer", "boolean", "null");

    @SuppressWarnings("unchecked") // JsonTree makes maps with names only
    static Schema of(@Nullable Object value, String at) {
        if (value instanceof Map<?, ?> map) {
            return new Schema((Map<String, @Nullable Object>) map, at);
        }
        throw new InvalidConstraintException("schema, " + at + ": expected an object or a boolean");
    }

    boolean has(String keyword) {
        return keywords.containsKey(keyword);
    }

    @Nullable
    Object get(String keyword) {
        return keywords.get(keyword);
    }

    static boolean isAnnotation(String keyword) {
        return ANNOTATIONS.contains(keyword);
    }

    /** Whether there is nothing but annotations beside a keyword. */
    boolean isOnly(String keyword) {
        return keywords.keySet().stream().allMatch(other -> other.equals(keyword) || isAnnotation(other));
    }

    /** This schema without a keyword. */
    Schema without(String keyword) {
        Map<String, @Nullable Object> others = new LinkedHashMap<>(keywords);
        others.remove(keyword);
        return new Schema(others, at);
    }

    /** The list of a keyword; empty if it is missing. */
    List<?> list(String keyword) {
        if (!has(keyword)) {
            return List.of();
        }
        if (get(keyword) instanceof List<?> list) {
            return list;
        }
        throw invalid(keyword, "an array");
    }

    /** The names in a list. */
    Set<String> names(String keyword) {
        Set<String> names = new LinkedHashSet<>();
        for (Object name : list(keyword)) {
            if (!(name instanceof String text)) {
                throw invalid(keyword, "an array of strings");
            }
            names.add(text);
        }
        return names;
    }

    /** The schemas of a keyword by name; empty if it is missing. */
    Map<String, @Nullable Object> schemas(String keyword) {
        return has(keyword) ? of(get(keyword), at + "/" + keyword).keywords() : Map.of();
    }

    /** A count, or what is given if it is missing. */
    int count(String keyword, int missing) {
        if (!has(keyword)) {
            return missing;
        }
        if (get(keyword) instanceof BigDecimal number
                && number.signum() >= 0
                && number.compareTo(BigDecimal.valueOf(1_000_000)) <= 0
                && number.stripTrailingZeros().scale() <= 0) {
            return number.intValue();
        }
        throw invalid(keyword, "a whole number from 0 to 1000000");
    }

    /** A number, or null if it is missing. */
    @Nullable
    BigDecimal number(String keyword) {
        if (!has(keyword)) {
            return null;
        }
        if (get(keyword) instanceof BigDecimal number) {
            return number;
        }
        throw invalid(keyword, "a number");
    }

    /** The text of a keyword, or null if it is missing. */
    @Nullable
    String text(String keyword) {
        if (!has(keyword)) {
            return null;
        }
        if (get(keyword) instanceof String text) {
            return text;
        }
        throw invalid(keyword, "a string");
    }

    /** The types that values may have; those that its keywords are about where it does not say. */
    Set<String> types() {
        if (!has("type")) {
            return impliedTypes();
        }
        Set<String> types = get("type") instanceof String one ? Set.of(one) : names("type");
        for (String type : types) {
            if (!TYPES.contains(type)) {
                throw invalid("type", "one of " + TYPES);
            }
        }
        return types;
    }

    /** Values of one type are enough, and those are meant; any value would be valid as well. */
    private Set<String> impliedTypes() {
        for (String type : List.of("object", "array", "string", "number")) {
            if (ABOUT.getOrDefault(type, List.of()).stream().anyMatch(this::has)) {
                return Set.of(type);
            }
        }
        return Set.of();
    }

    /** Refuses every keyword that restricts values of one type. */
    void refuseAllButConstants() {
        ABOUT.values()
                .forEach(keywords ->
                        keywords.stream().filter(k -> !isAnnotation(k)).forEach(this::refuse));
    }

    /** Refuses keywords that are there. */
    void refuse(String... unsupported) {
        for (String keyword : unsupported) {
            boolean off = keyword.equals("uniqueItems") && Boolean.FALSE.equals(get(keyword));
            if (has(keyword) && !off) {
                throw new InvalidConstraintException("schema, " + at + ": the keyword '" + keyword
                        + "' is not supported" + (isAlone(keyword) ? "" : " together with those beside it"));
            }
        }
    }

    private boolean isAlone(String keyword) {
        return !Set.of("pattern", "format", "minLength", "maxLength").contains(keyword);
    }

    InvalidConstraintException invalid(String keyword, String expected) {
        return new InvalidConstraintException("schema, " + at + "/" + keyword + ": expected " + expected);
    }
}
