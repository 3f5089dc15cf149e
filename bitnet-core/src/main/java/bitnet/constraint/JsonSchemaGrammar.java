package bitnet.constraint;

import bitnet.InvalidConstraintException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A JSON schema (draft 2020-12, and draft 7 where the two agree) as a grammar of JSON texts that are valid by it. Not every valid text
 * is in the grammar: properties come in the schema's order, undeclared ones only where none are declared, and numbers have
 * bounded digits. A keyword that restricts values and is not followed here is refused by name; see json-schema.org.
 */
final class JsonSchemaGrammar {
    private static final int MAX_MERGES = 1_000;

    private final @Nullable Object document;
    private final Map<String, Expression> rules = new LinkedHashMap<>();
    private int merges;

    private JsonSchemaGrammar(@Nullable Object document) {
        this.document = document;
    }

    static Grammar parse(String schema) {
        return of(JsonTree.parse(schema));
    }

    /** The grammar of a schema as {@link JsonTree} reads it. */
    static Grammar of(@Nullable Object schema) {
        var grammar = new JsonSchemaGrammar(schema);
        return new Grammar(grammar.rules, grammar.rule("#", grammar.document));
    }

    /** The name of the rule for a schema that stands at a pointer. */
    private String rule(String pointer, @Nullable Object schema) {
        if (!rules.containsKey(pointer)) {
            rules.put(pointer, Expression.NOTHING); // known while it is being made: it may refer to itself
            rules.put(pointer, values(schema, pointer));
        }
        return pointer;
    }

    /** The values of a schema. */
    private Expression values(@Nullable Object value, String at) {
        if (Boolean.TRUE.equals(value)) {
            return any();
        }
        if (Boolean.FALSE.equals(value)) {
            return Expression.NOTHING;
        }
        Schema schema = Schema.of(value, at);
        if (schema.has("$ref") && schema.isOnly("$ref")) {
            String pointer = pointer(schema);
            return new Expression.Reference(rule(pointer, resolve(pointer, schema)));
        }
        schema = merged(schema);
        schema.refuse("not", "if", "$dynamicRef", "$recursiveRef");
        if (schema.has("anyOf")) {
            return alternatives(schema, "anyOf");
        }
        if (schema.has("oneOf")) {
            return alternatives(schema, "oneOf");
        }
        if (schema.has("const") || schema.has("enum")) {
            return constants(schema);
        }
        Set<String> types = schema.types();
        if (types.isEmpty() && !schema.has("type")) {
            return any();
        }
        List<Expression> all = new ArrayList<>();
        for (String type : types) {
            all.add(ofType(type, schema));
        }
        return Expression.anyOf(all);
    }

    private Expression ofType(String type, Schema schema) {
        return switch (type) {
            case "object" -> object(schema);
            case "array" -> array(schema);
            case "string" -> string(schema);
            case "integer" -> number(schema, true);
            case "number" -> number(schema, false);
            case "boolean" -> Expression.choice(Expression.literal("true"), Expression.literal("false"));
            default -> Expression.literal("null");
        };
    }

    /** Any JSON value, as a rule that calls itself. */
    private Expression any() {
        if (!rules.containsKey("any")) {
            var reference = new Expression.Reference("any");
            Expression member =
                    Expression.sequence(JsonText.string(0, Expression.UNLIMITED), JsonText.COLON, reference);
            rules.put(
                    "any",
                    Expression.choice(
                            Expression.sequence(
                                    Expression.literal("{"),
                                    Expression.separated(member, JsonText.COMMA, 0, Expression.UNLIMITED),
                                    Expression.literal("}")),
                            Expression.sequence(
                                    Expression.literal("["),
                                    Expression.separated(reference, JsonText.COMMA, 0, Expression.UNLIMITED),
                                    Expression.literal("]")),
                            JsonText.string(0, Expression.UNLIMITED),
                            JsonText.NUMBER,
                            Expression.literal("true"),
                            Expression.literal("false"),
                            Expression.literal("null")));
        }
        return new Expression.Reference("any");
    }

    /** The schema with {@code allOf} and a {@code $ref} that stands beside other keywords merged into it. */
    private Schema merged(Schema schema) {
        Schema merged = schema;
        while (merged.has("allOf") || merged.has("$ref")) {
            if (++merges > MAX_MERGES) {
                throw new InvalidConstraintException(
                        "schema, " + schema.at() + ": its parts refer to each other without end");
            }
            if (merged.has("$ref")) {
                String pointer = pointer(merged);
                merged = SchemaMerge.both(
                        merged.without("$ref"), Schema.of(resolve(pointer, merged), merged.at() + "/$ref"));
            } else {
                List<?> parts = merged.list("allOf");
                merged = merged.without("allOf");
                for (Object part : parts) {
                    if (!Boolean.TRUE.equals(part)) {
                        merged = SchemaMerge.both(merged, Schema.of(part, schema.at() + "/allOf"));
                    }
                }
            }
        }
        return merged;
    }

    private String pointer(Schema schema) {
        String reference = schema.text("$ref");
        if (reference == null || !(reference.equals("#") || reference.startsWith("#/"))) {
            throw schema.invalid("$ref", "a pointer into the same schema, such as #/$defs/name");
        }
        return reference;
    }

    private @Nullable Object resolve(String pointer, Schema from) {
        Object value = document;
        if (pointer.equals("#")) {
            return value;
        }
        for (String step : pointer.substring(2).split("/", -1)) {
            String name = step.replace("~1", "/").replace("~0", "~");
            if (value instanceof Map<?, ?> map && map.containsKey(name)) {
                value = map.get(name);
            } else if (value instanceof List<?> list
                    && name.matches("\\d{1,6}")
                    && Integer.parseInt(name) < list.size()) {
                value = list.get(Integer.parseInt(name));
            } else {
                throw new InvalidConstraintException("schema, " + from.at() + "/$ref: there is nothing at " + pointer);
            }
        }
        return value;
    }

    private Expression alternatives(Schema schema, String keyword) {
        List<?> parts = schema.list(keyword);
        Schema beside = schema.without(keyword);
        boolean alone = schema.isOnly(keyword);
        if (keyword.equals("oneOf")) {
            List<Schema> resolved = new ArrayList<>();
            for (Object part : parts) {
                resolved.add(merged(Schema.of(part, schema.at() + "/oneOf")));
            }
            Disjoint.check(resolved, schema.at());
        }
        List<Expression> all = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            String at = schema.at() + "/" + keyword + "/" + i;
            Object part = parts.get(i);
            boolean merge = !alone && !(part instanceof Boolean);
            all.add(values(merge ? SchemaMerge.both(beside, Schema.of(part, at)).keywords() : part, at));
        }
        return Expression.anyOf(all);
    }

    private Expression constants(Schema schema) {
        schema.refuseAllButConstants();
        List<?> values = schema.has("const") ? Arrays.asList(schema.get("const")) : schema.list("enum");
        List<Expression> literals = new ArrayList<>();
        for (Object value : values) {
            boolean listed = !schema.has("enum") || schema.list("enum").contains(value);
            if (listed && (!schema.has("type") || Disjoint.hasType(value, schema.types()))) {
                literals.add(JsonText.literal(value));
            }
        }
        return Expression.anyOf(literals);
    }

    private Expression object(Schema schema) {
        schema.refuse(
                "patternProperties",
                "propertyNames",
                "dependentRequired",
                "dependentSchemas",
                "dependencies",
                "unevaluatedProperties");
        return ObjectGrammar.of(schema, rules, this::values, this::any);
    }

    private Expression array(Schema schema) {
        schema.refuse("uniqueItems", "contains", "unevaluatedItems", "additionalItems");
        List<?> prefix = schema.list("prefixItems");
        List<Expression> first = new ArrayList<>();
        for (int i = 0; i < prefix.size(); i++) {
            first.add(values(prefix.get(i), schema.at() + "/prefixItems/" + i));
        }
        Expression item = schema.has("items") ? values(schema.get("items"), schema.at() + "/items") : any();
        int min = schema.count("minItems", 0);
        int max = schema.count("maxItems", Expression.UNLIMITED);
        return Expression.sequence(
                Expression.literal("["), elements(0, first, item, min, max), Expression.literal("]"));
    }

    private static Expression elements(int at, List<Expression> first, Expression item, int min, int max) {
        if (at == max) {
            return at < min ? Expression.NOTHING : Expression.EMPTY;
        }
        if (at == first.size()) {
            int more = max == Expression.UNLIMITED ? max : max - at;
            int least = Math.max(0, min - at);
            return at == 0
                    ? Expression.separated(item, JsonText.COMMA, least, more)
                    : new Expression.Repeat(Expression.sequence(JsonText.COMMA, item), least, more);
        }
        Expression from = Expression.sequence(
                at == 0 ? Expression.EMPTY : JsonText.COMMA, first.get(at), elements(at + 1, first, item, min, max));
        return at < min ? from : Expression.optional(from);
    }

    private static Expression string(Schema schema) {
        int min = schema.count("minLength", 0);
        int max = schema.count("maxLength", Expression.UNLIMITED);
        String pattern = schema.text("pattern");
        if (pattern == null) {
            pattern = min == 0 && max == Expression.UNLIMITED ? Formats.pattern(schema.text("format")) : null;
        } else {
            schema.refuse("minLength", "maxLength");
        }
        return pattern == null
                ? JsonText.string(min, max)
                : JsonText.string(RegexParser.anywhere(pattern, JsonText::character));
    }

    private static Expression number(Schema schema, boolean whole) {
        BigDecimal unit = schema.number("multipleOf");
        if (!whole || unit == null || unit.compareTo(BigDecimal.ONE) != 0) {
            schema.refuse("multipleOf");
        }
        NumberRange.Bound least = tighter(bound(schema, "minimum", true), bound(schema, "exclusiveMinimum", false), 1);
        NumberRange.Bound most = tighter(bound(schema, "maximum", true), bound(schema, "exclusiveMaximum", false), -1);
        if (whole && "int32".equals(schema.text("format"))) {
            least = tighter(least, new NumberRange.Bound(BigDecimal.valueOf(Integer.MIN_VALUE), true), 1);
            most = tighter(most, new NumberRange.Bound(BigDecimal.valueOf(Integer.MAX_VALUE), true), -1);
        }
        if (least == null && most == null) {
            return whole ? JsonText.INTEGER : JsonText.NUMBER;
        }
        return NumberRange.of(least, most, whole);
    }

    private static NumberRange.@Nullable Bound bound(Schema schema, String keyword, boolean included) {
        BigDecimal value = schema.number(keyword);
        return value == null ? null : new NumberRange.Bound(value, included);
    }

    /** The bound that allows less. */
    private static NumberRange.@Nullable Bound tighter(
            NumberRange.@Nullable Bound including, NumberRange.@Nullable Bound excluding, int sign) {
        if (including == null || excluding == null) {
            return including == null ? excluding : including;
        }
        return Integer.signum(including.value().compareTo(excluding.value())) == sign ? including : excluding;
    }
}
