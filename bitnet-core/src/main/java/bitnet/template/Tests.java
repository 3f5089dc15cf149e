package bitnet.template;

import bitnet.tokenizer.PromptText;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/** What can follow {@code is}. */
final class Tests {
    private static final Set<String> WITHOUT_ARGUMENT = Set.of(
            "defined",
            "undefined",
            "none",
            "string",
            "number",
            "integer",
            "float",
            "boolean",
            "mapping",
            "iterable",
            "sequence",
            "true",
            "false",
            "odd",
            "even",
            "lower",
            "upper",
            "callable");

    private static final Set<String> WITH_ARGUMENT = Set.of(
            "divisibleby", "sameas", "equalto", "eq", "ne", "lt", "lessthan", "le", "gt", "greaterthan", "ge", "in");

    private Tests() {}

    static void check(Token name) {
        if (!WITHOUT_ARGUMENT.contains(name.text()) && !WITH_ARGUMENT.contains(name.text())) {
            throw new TemplateError("there is no test '" + name.text() + "'", name.at());
        }
    }

    static boolean holds(String name, Object value, CallArguments given, Budget budget) {
        budget.work(64);
        CallArguments arguments = given.bind(WITH_ARGUMENT.contains(name) ? List.of("other") : List.of());
        return switch (name) {
            case "defined" -> !(value instanceof Undefined);
            case "undefined" -> value instanceof Undefined;
            case "none" -> value == None.NONE;
            case "string" -> value instanceof PromptText;
            case "number" -> Values.isNumber(value);
            case "integer" -> value instanceof Long;
            case "float" -> value instanceof Double;
            case "boolean" -> value instanceof Boolean;
            case "mapping" -> value instanceof Map<?, ?>;
            case "iterable", "sequence" ->
                value instanceof PromptText
                        || value instanceof List<?>
                        || value instanceof Map<?, ?>
                        || value instanceof Undefined;
            case "true" -> value.equals(true);
            case "false" -> value.equals(false);
            case "odd" -> (Values.whole(value) & 1) == 1;
            case "even" -> (Values.whole(value) & 1) == 0;
            case "divisibleby" -> {
                long divisor = Values.whole(arguments.get("other"));
                if (divisor == 0) {
                    throw new TemplateError("division by zero");
                }
                yield Values.whole(value) % divisor == 0;
            }
            case "lower", "upper" -> isCased(Values.print(value, budget), name.equals("upper"), budget);
            case "callable" -> value instanceof Values.Callable;
            case "sameas", "equalto", "eq" -> Comparisons.equal(value, arguments.get("other"), budget);
            case "ne" -> !Comparisons.equal(value, arguments.get("other"), budget);
            case "lt", "lessthan" -> Comparisons.ordered(value, "<", arguments.get("other"), budget);
            case "le" -> Comparisons.ordered(value, "<=", arguments.get("other"), budget);
            case "gt", "greaterthan" -> Comparisons.ordered(value, ">", arguments.get("other"), budget);
            case "ge" -> Comparisons.ordered(value, ">=", arguments.get("other"), budget);
            case "in" -> Comparisons.contains(arguments.get("other"), value, budget);
            default -> throw new TemplateError("there is no test '" + name + "'");
        };
    }

    /** Whether there are letters with a case, and all have this one. */
    private static boolean isCased(PromptText s, boolean upper, Budget budget) {
        budget.work(2L * s.length());
        IntPredicate other = upper
                ? c -> Character.isLowerCase(c) || Character.isTitleCase(c)
                : c -> Character.isUpperCase(c) || Character.isTitleCase(c);
        return s.text().codePoints().anyMatch(Casing::isCased)
                && s.text().codePoints().noneMatch(other);
    }
}
