package bitnet.constraint;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Rules and where to begin. Vocabularies are of no concern here.
 *
 * @param rules by name, in the order in which they were written
 * @param root the rule that an answer follows from its first byte to its last
 */
record Grammar(Map<String, Expression> rules, String root) {
    Grammar {
        rules = new LinkedHashMap<>(rules);
    }

    /** A grammar of one rule. */
    static Grammar of(Expression expression) {
        return new Grammar(Map.of("root", expression), "root");
    }

    /** A grammar of the texts of either one; what they name stays apart. */
    static Grammar either(Grammar first, Grammar second) {
        Map<String, Expression> rules = new LinkedHashMap<>();
        first.rules.forEach((name, body) -> rules.put("1/" + name, renamed(body, "1/")));
        second.rules.forEach((name, body) -> rules.put("2/" + name, renamed(body, "2/")));
        rules.put(
                "root",
                Expression.choice(
                        new Expression.Reference("1/" + first.root), new Expression.Reference("2/" + second.root)));
        return new Grammar(rules, "root");
    }

    /** A grammar of these texts and of the same between two marks. */
    Grammar orMarked(String before, String after) {
        var whole = new Expression.Reference(root);
        Map<String, Expression> marked = new LinkedHashMap<>(rules);
        marked.put(
                "marked",
                Expression.choice(
                        whole, Expression.sequence(Expression.literal(before), whole, Expression.literal(after))));
        return new Grammar(marked, "marked");
    }

    /** An expression with a prefix before the name of each rule. */
    private static Expression renamed(Expression expression, String prefix) {
        return switch (expression) {
            case Expression.Literal _, Expression.Characters _ -> expression;
            case Expression.Sequence(var parts) ->
                new Expression.Sequence(
                        parts.stream().map(part -> renamed(part, prefix)).toList());
            case Expression.Choice(var alternatives) ->
                new Expression.Choice(
                        alternatives.stream().map(one -> renamed(one, prefix)).toList());
            case Expression.Repeat(Expression body, int min, int max) ->
                new Expression.Repeat(renamed(body, prefix), min, max);
            case Expression.Reference(String rule) -> new Expression.Reference(prefix + rule);
        };
    }
}
