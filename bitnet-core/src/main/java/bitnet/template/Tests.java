package bitnet.template;

import java.util.List;
import java.util.Map;
import java.util.Set;

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
        CallArguments arguments = given.bind(WITH_ARGUMENT.contains(name) ? List.of("other") : List.of());
        return switch (name) {
            case "defined" -> !(value instanceof Undefined);
            case "undefined" -> value instanceof Undefined;
            case "none" -> value == None.NONE;
            case "string" -> value instanceof String;
            case "number" -> Values.isNumber(value);
            case "integer" -> value instanceof Long;
            case "float" -> value instanceof Double;
            case "boolean" -> value instanceof Boolean;
            case "mapping" -> value instanceof Map<?, ?>;
            case "iterable", "sequence" ->
                value instanceof String
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
            case "lower" -> {
                String s = budget.made(Values.print(value, budget));
                yield Text.lower(s).equals(s) && !Text.upper(s).equals(s);
            }
            case "upper" -> {
                String s = budget.made(Values.print(value, budget));
                yield Text.upper(s).equals(s) && !Text.lower(s).equals(s);
            }
            case "callable" -> value instanceof Values.Callable;
            case "sameas", "equalto", "eq" -> Values.equal(value, arguments.get("other"), budget);
            case "ne" -> !Values.equal(value, arguments.get("other"), budget);
            case "lt", "lessthan" -> Arithmetic.ordered(value, "<", arguments.get("other"), budget);
            case "le" -> Arithmetic.ordered(value, "<=", arguments.get("other"), budget);
            case "gt", "greaterthan" -> Arithmetic.ordered(value, ">", arguments.get("other"), budget);
            case "ge" -> Arithmetic.ordered(value, ">=", arguments.get("other"), budget);
            case "in" -> Values.contains(arguments.get("other"), value, budget);
            default -> throw new TemplateError("there is no test '" + name + "'");
        };
    }
}
