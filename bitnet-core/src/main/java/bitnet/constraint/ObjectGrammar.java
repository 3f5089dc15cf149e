package bitnet.constraint;

import bitnet.InvalidConstraintException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Objects of a schema. Declared properties come in their order, optional ones may be left out; what may follow a property depends on
 * whether one stands before it, because of the comma, so there are two rules for each place.
 */
final class ObjectGrammar {
    private final Schema schema;
    private final Map<String, Expression> rules;
    private final List<Property> properties = new ArrayList<>();

    private record Property(Expression member, boolean required) {}

    private ObjectGrammar(Schema schema, Map<String, Expression> rules) {
        this.schema = schema;
        this.rules = rules;
    }

    /**
     * @param rules where rules may be added
     * @param values makes the expression of a schema at a pointer
     * @param any makes the expression of any value
     */
    static Expression of(
            Schema schema,
            Map<String, Expression> rules,
            BiFunction<@Nullable Object, String, Expression> values,
            Supplier<Expression> any) {
        Map<String, @Nullable Object> declared = new LinkedHashMap<>(schema.schemas("properties"));
        Set<String> required = schema.names("required");
        Object additional = schema.has("additionalProperties") ? schema.get("additionalProperties") : true;
        for (String name : required) {
            declared.putIfAbsent(name, additional);
        }
        if (declared.isEmpty()) {
            return free(schema, additional, values);
        }
        if (schema.count("minProperties", 0) > required.size()) {
            throw schema.invalid("minProperties", "no more than the " + required.size() + " that are required");
        }
        if (schema.count("maxProperties", declared.size()) < declared.size()) {
            throw schema.invalid("maxProperties", "no less than the " + declared.size() + " that are declared");
        }
        var grammar = new ObjectGrammar(schema, rules);
        declared.forEach((name, value) -> grammar.properties.add(new Property(
                Expression.sequence(
                        JsonText.literal(name),
                        JsonText.COLON,
                        values.apply(value, schema.at() + "/properties/" + name)),
                required.contains(name))));
        return Expression.sequence(Expression.literal("{"), grammar.from(0, false), Expression.literal("}"));
    }

    /** An object of undeclared properties. */
    private static Expression free(
            Schema schema, @Nullable Object additional, BiFunction<@Nullable Object, String, Expression> values) {
        int min = schema.count("minProperties", 0);
        if (min > 1) {
            // two members might have one name
            throw new InvalidConstraintException(
                    "schema, " + schema.at() + "/minProperties: expected at most 1 where no properties are declared");
        }
        Expression member = Expression.sequence(
                JsonText.string(0, Expression.UNLIMITED),
                JsonText.COLON,
                values.apply(additional, schema.at() + "/additionalProperties"));
        return Expression.sequence(
                Expression.literal("{"),
                Expression.separated(member, JsonText.COMMA, min, schema.count("maxProperties", Expression.UNLIMITED)),
                Expression.literal("}"));
    }

    /** The properties from one on. */
    private Expression from(int at, boolean begun) {
        if (at == properties.size()) {
            return Expression.EMPTY;
        }
        Property property = properties.get(at);
        Expression with =
                Expression.sequence(begun ? JsonText.COMMA : Expression.EMPTY, property.member(), rest(at + 1, true));
        return property.required() ? with : Expression.choice(with, rest(at + 1, begun));
    }

    /** The same, through a rule where there are two ways to come here. */
    private Expression rest(int at, boolean begun) {
        boolean twoWays = at > 0 && properties.subList(0, at).stream().anyMatch(property -> !property.required());
        if (!twoWays || at == properties.size()) {
            return from(at, begun);
        }
        String name = schema.at() + "#" + at + (begun ? "+" : "");
        if (!rules.containsKey(name)) {
            rules.put(name, Expression.NOTHING);
            rules.put(name, from(at, begun));
        }
        return new Expression.Reference(name);
    }
}
