package bitnet.template;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Templates that parse: random statements over random expressions, which mix what a conversation holds with literals, loops,
 * macros, namespaces and everything that can be done to values. Literals have no Greek letters.
 */
final class RandomTemplates {
    private static final String[] NAMES = {
        "messages", "x", "y", "m", "ns", "ns.a", "bos_token", "tools", "flag", "n", "loop"
    };
    private static final String[] LITERALS = {
        "''",
        "'a'",
        "'<|'",
        "'|>'",
        "'\\n'",
        "' '",
        "'abc abc'",
        "'%s'",
        "'%s-%5d%%'",
        "0",
        "1",
        "-1",
        "2",
        "7",
        "1.5",
        "true",
        "false",
        "none",
        "[]",
        "{}",
        "()",
        "99999",
        "10000000000"
    };
    private static final String[] FILTERS = {
        "trim",
        "trim('ab')",
        "upper",
        "lower",
        "capitalize",
        "title",
        "string",
        "safe",
        "length",
        "count",
        "join",
        "join(',')",
        "tojson",
        "tojson(indent=2)",
        "tojson(sort_keys=true, ensure_ascii=true)",
        "tojson(separators=('<', '>'))",
        "default('d')",
        "d(x, true)",
        "replace('a', x)",
        "replace('', '-')",
        "replace(x, '<|')",
        "first",
        "last",
        "list",
        "reverse",
        "items",
        "int",
        "float",
        "abs",
        "indent",
        "indent(x, true)",
        "sort",
        "sort(attribute='content', reverse=true)",
        "unique",
        "unique(attribute='role')",
        "dictsort",
        "from_json",
        "map(attribute='content')",
        "map('upper')",
        "map('replace', 'a', x)",
        "map(attribute='a.b', default=x)",
        "select",
        "select('string')",
        "reject('none')",
        "selectattr('content')",
        "selectattr('role', 'eq', 'user')",
        "rejectattr('role', 'in', x)",
        "map('map', 'first')"
    };
    private static final String[] METHODS = {
        "strip()",
        "lstrip('a')",
        "rstrip()",
        "split()",
        "split('a')",
        "split(x, 2)",
        "rsplit('b')",
        "splitlines()",
        "startswith('a')",
        "startswith((x, y))",
        "endswith(x)",
        "removeprefix(x)",
        "removesuffix('a')",
        "find(x)",
        "rfind('a')",
        "count(x)",
        "replace('a', x, 3)",
        "join(x)",
        "join(messages | map(attribute='content'))",
        "upper()",
        "lower()",
        "title()",
        "capitalize()",
        "isdigit()",
        "isalpha()",
        "isspace()",
        "get('content', x)",
        "items()",
        "keys()",
        "values()",
        "index(x)"
    };
    private static final String[] TESTS = {
        "defined",
        "undefined",
        "none",
        "string",
        "number",
        "integer",
        "boolean",
        "mapping",
        "iterable",
        "sequence",
        "true",
        "odd",
        "lower",
        "upper",
        "callable",
        "divisibleby(3)",
        "eq(x)",
        "in(x)",
        "lt(x)",
        "sameas(none)"
    };
    private static final String[] OPERATORS = {
        "+", "-", "*", "/", "//", "%", "**", "~", "~", "~", "==", "!=", "<", ">=", " in ", " not in ", " and ", " or "
    };
    private static final String[] ACCESS = {
        "[0]", "[-1]", "[1:]", "[:-1]", "[::-1]", "[::2]", "[x]", ".content", "['role']", ".a", "[:99999]", "[n:]"
    };

    private final SplittableRandom random;

    RandomTemplates(SplittableRandom random) {
        this.random = random;
    }

    /** The next one. */
    String next() {
        return "{% set ns = namespace(a='') %}{% macro f(p, q=1) %}" + body(2) + "{% endmacro %}" + body(3);
    }

    private String one(String[] of) {
        return of[random.nextInt(of.length)];
    }

    private String body(int depth) {
        var body = new StringBuilder();
        for (int n = random.nextInt(1, 4); n > 0; n--) {
            body.append(statement(depth));
        }
        return body.toString();
    }

    private String statement(int depth) {
        int kind = random.nextInt(depth > 0 ? 12 : 6);
        return switch (kind) {
            case 0, 1, 2 -> "{{ " + expression(3) + " }}";
            case 3 -> "{% set " + one(new String[] {"x", "y", "ns.a", "x, y"}) + " = " + expression(3) + " %}";
            case 4 -> one(new String[] {"<|s|>", "\n", "text ", "{% set ns.a = ns.a ~ x %}"});
            case 5 -> "{{ f(" + expression(2) + ") }}";
            case 6, 7 ->
                "{% for x in " + expression(2) + (random.nextInt(3) == 0 ? " if " + expression(1) : "") + " %}"
                        + body(depth - 1) + (random.nextInt(4) == 0 ? "{% else %}" + body(depth - 1) : "")
                        + "{% endfor %}";
            case 8 -> "{% for m in messages %}" + body(depth - 1) + "{{ m.content }}{% endfor %}";
            case 9 ->
                "{% if " + expression(2) + " %}" + body(depth - 1) + "{% else %}" + body(depth - 1) + "{% endif %}";
            case 10 -> "{% set x %}" + body(depth - 1) + "{% endset %}";
            default ->
                "{% for i in range(" + one(new String[] {"2", "3", "5", "20", "50", "300"}) + ") %}" + body(depth - 1)
                        + "{% endfor %}";
        };
    }

    private String expression(int depth) {
        if (depth == 0) {
            return random.nextInt(5) < 3 ? name() : one(LITERALS);
        }
        return switch (random.nextInt(12)) {
            case 0 -> name();
            case 1 -> one(LITERALS);
            case 2, 3 -> expression(depth - 1) + " | " + one(FILTERS);
            case 4, 5 -> "(" + expression(depth - 1) + ")." + one(METHODS);
            case 6 -> "(" + expression(depth - 1) + " is " + one(TESTS) + ")";
            case 7, 8 -> "(" + expression(depth - 1) + one(OPERATORS) + expression(depth - 1) + ")";
            case 9 -> "(" + expression(depth - 1) + ")" + one(ACCESS);
            case 10 ->
                "(" + expression(depth - 1) + " if " + expression(depth - 1) + " else " + expression(depth - 1) + ")";
            default -> collection(depth);
        };
    }

    private String name() {
        return random.nextBoolean() ? "messages[0].content" : one(NAMES);
    }

    private String collection(int depth) {
        List<String> elements = new ArrayList<>();
        for (int n = random.nextInt(4); n > 0; n--) {
            elements.add(expression(depth - 1));
        }
        String all = String.join(", ", elements);
        return switch (random.nextInt(3)) {
            case 0 -> "[" + all + "]";
            case 1 -> "(" + all + ",)";
            default -> "{'a': " + expression(depth - 1) + ", 'content': " + expression(depth - 1) + "}";
        };
    }
}
