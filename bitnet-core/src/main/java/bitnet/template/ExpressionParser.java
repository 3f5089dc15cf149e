package bitnet.template;

import bitnet.template.Expression.Arguments;
import bitnet.template.Expression.Operand;
import bitnet.template.Token.Kind;
import bitnet.tokenizer.PromptText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parses expressions, with Jinja's precedence: if-else, or, and, not, comparison, + -, ~, * / // %, **, sign, | and is. */
final class ExpressionParser {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Set<String> NO_ARGUMENT = Set.of("else", "or", "and", "is", "if", "in", "not", "recursive");

    private final Tokens tokens;

    ExpressionParser(Tokens tokens) {
        this.tokens = tokens;
    }

    Expression expression() {
        tokens.enter();
        Expression value = or();
        while (tokens.takeName("if")) {
            Expression condition = or();
            Expression otherwise = tokens.takeName("else") ? expression() : null;
            value = new Expression.Conditional(value, condition, otherwise);
        }
        tokens.leave();
        return value;
    }

    /** An expression, or a list of them without brackets. */
    Expression tuple() {
        return rest(expression(), true);
    }

    /** As {@link #tuple}, but an {@code if} ends it: what a loop goes over. */
    Expression tupleWithoutCondition() {
        return rest(or(), false);
    }

    private Expression rest(Expression first, boolean conditions) {
        if (!tokens.peek().is(Kind.OPERATOR, ",")) {
            return first;
        }
        var elements = new ArrayList<Expression>(List.of(first));
        while (tokens.take(",")) {
            Token next = tokens.peek();
            if (next.is(Kind.OPERATOR, ")") || next.kind() == Kind.OUTPUT_END || next.kind() == Kind.BLOCK_END) {
                break;
            }
            elements.add(conditions ? expression() : or());
        }
        return new Expression.ListOf(List.copyOf(elements), true);
    }

    private Expression or() {
        Expression left = and();
        while (tokens.takeName("or")) {
            left = new Expression.Logic(left, false, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (tokens.takeName("and")) {
            left = new Expression.Logic(left, true, not());
        }
        return left;
    }

    private Expression not() {
        if (tokens.takeName("not")) {
            tokens.enter();
            Expression of = not();
            tokens.leave();
            return new Expression.Not(of);
        }
        return comparison();
    }

    private Expression comparison() {
        int at = tokens.peek().at();
        Expression first = sum();
        var rest = new ArrayList<Operand>();
        while (true) {
            Token token = tokens.peek();
            if (token.kind() == Kind.OPERATOR && COMPARISONS.contains(token.text())) {
                tokens.next();
                rest.add(new Operand(token.text(), sum()));
            } else if (tokens.takeName("in")) {
                rest.add(new Operand("in", sum()));
            } else if (token.is(Kind.NAME, "not") && tokens.peekSecond().is(Kind.NAME, "in")) {
                tokens.next();
                tokens.next();
                rest.add(new Operand("not in", sum()));
            } else {
                return rest.isEmpty() ? first : new Expression.Comparison(first, List.copyOf(rest), at);
            }
        }
    }

    private Expression sum() {
        Expression left = concatenation();
        while (true) {
            Token token = tokens.peek();
            if (!tokens.take("+") && !tokens.take("-")) {
                return left;
            }
            left = new Expression.Arithmetic(left, token.text(), concatenation(), token.at());
        }
    }

    private Expression concatenation() {
        int at = tokens.peek().at();
        Expression first = product();
        if (!tokens.peek().is(Kind.OPERATOR, "~")) {
            return first;
        }
        var parts = new ArrayList<Expression>(List.of(first));
        while (tokens.take("~")) {
            parts.add(product());
        }
        return new Expression.Concatenation(List.copyOf(parts), at);
    }

    private Expression product() {
        Expression left = power();
        while (true) {
            Token token = tokens.peek();
            if (!tokens.take("*") && !tokens.take("/") && !tokens.take("//") && !tokens.take("%")) {
                return left;
            }
            left = new Expression.Arithmetic(left, token.text(), power(), token.at());
        }
    }

    private Expression power() {
        Expression left = unary(true);
        while (true) {
            Token token = tokens.peek();
            if (!tokens.take("**")) {
                return left;
            }
            left = new Expression.Arithmetic(left, "**", unary(true), token.at());
        }
    }

    private Expression unary(boolean filtered) {
        Token token = tokens.peek();
        Expression value;
        if (tokens.take("-") || tokens.take("+")) {
            tokens.enter();
            value = new Expression.Negative(unary(false), token.text().equals("-"), token.at());
            tokens.leave();
        } else {
            value = primary();
        }
        value = postfix(value);
        return filtered ? filters(value) : value;
    }

    private Expression primary() {
        Token token = tokens.next();
        return switch (token.kind()) {
            case NAME ->
                switch (token.text()) {
                    case "true", "True" -> new Expression.Constant(true);
                    case "false", "False" -> new Expression.Constant(false);
                    case "none", "None" -> new Expression.Constant(None.NONE);
                    default -> new Expression.Name(token.text(), token.at());
                };
            case STRING -> {
                var text = new StringBuilder(token.text());
                while (tokens.peek().kind() == Kind.STRING) {
                    text.append(tokens.next().text());
                }
                yield new Expression.Constant(PromptText.template(text.toString()));
            }
            case INTEGER, FLOAT -> new Expression.Constant(number(token));
            case OPERATOR ->
                switch (token.text()) {
                    case "(" -> parenthesized();
                    case "[" -> list();
                    case "{" -> map(token.at());
                    default ->
                        throw new TemplateError("found " + token.shown() + ", expected an expression", token.at());
                };
            default -> throw new TemplateError("found " + token.shown() + ", expected an expression", token.at());
        };
    }

    private static Object number(Token token) {
        try {
            return token.kind() == Kind.INTEGER ? (Object) Long.valueOf(token.text()) : Double.valueOf(token.text());
        } catch (NumberFormatException e) {
            throw new TemplateError("the number " + token.text() + " is too large", token.at());
        }
    }

    private Expression parenthesized() {
        if (tokens.take(")")) {
            return new Expression.ListOf(List.of(), true);
        }
        Expression value = tuple();
        tokens.expectOperator(")");
        return value;
    }

    private Expression list() {
        var elements = new ArrayList<Expression>();
        while (!tokens.take("]")) {
            if (!elements.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.take("]")) {
                    break;
                }
            }
            elements.add(expression());
        }
        return new Expression.ListOf(List.copyOf(elements), false);
    }

    private Expression map(int at) {
        var keys = new ArrayList<Expression>();
        var values = new ArrayList<Expression>();
        while (!tokens.take("}")) {
            if (!keys.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.take("}")) {
                    break;
                }
            }
            keys.add(expression());
            tokens.expectOperator(":");
            values.add(expression());
        }
        return new Expression.MapOf(List.copyOf(keys), List.copyOf(values), at);
    }

    private Expression postfix(Expression of) {
        Expression value = of;
        while (true) {
            Token token = tokens.peek();
            if (tokens.take(".")) {
                Token name = tokens.next();
                value = switch (name.kind()) {
                    case NAME -> new Expression.Attribute(value, PromptText.template(name.text()), name.at());
                    case INTEGER -> new Expression.Item(value, new Expression.Constant(number(name)), name.at());
                    default -> throw new TemplateError("found " + name.shown() + ", expected a name", name.at());
                };
            } else if (tokens.take("[")) {
                value = subscript(value, token.at());
            } else if (token.is(Kind.OPERATOR, "(")) {
                value = new Expression.Call(value, arguments(), token.at());
            } else {
                return value;
            }
        }
    }

    private Expression subscript(Expression of, int at) {
        Expression from = atSliceEnd() ? null : expression();
        if (from != null && tokens.take("]")) {
            return new Expression.Item(of, from, at);
        }
        tokens.expectOperator(":");
        Expression to = atSliceEnd() ? null : expression();
        Expression step = tokens.take(":") && !atSliceEnd() ? expression() : null;
        tokens.expectOperator("]");
        return new Expression.Slice(of, from, to, step, at);
    }

    private boolean atSliceEnd() {
        return tokens.peek().is(Kind.OPERATOR, ":") || tokens.peek().is(Kind.OPERATOR, "]");
    }

    private Expression filters(Expression of) {
        Expression value = of;
        while (true) {
            Token token = tokens.peek();
            if (tokens.take("|")) {
                Token name = tokens.expect(Kind.NAME, "a filter");
                Filters.check(name);
                value = new Expression.Filter(value, name.text(), optionalArguments(), name.at());
            } else if (tokens.takeName("is")) {
                boolean negated = tokens.takeName("not");
                Token name = tokens.expect(Kind.NAME, "a test");
                Tests.check(name);
                value = new Expression.Test(value, name.text(), testArguments(), name.at());
                value = negated ? new Expression.Not(value) : value;
            } else if (token.is(Kind.OPERATOR, "(")) {
                value = new Expression.Call(value, arguments(), token.at());
            } else {
                return value;
            }
        }
    }

    private Arguments optionalArguments() {
        return tokens.peek().is(Kind.OPERATOR, "(") ? arguments() : Arguments.NONE;
    }

    /** The arguments of a test: in parentheses, or one simple value without. */
    private Arguments testArguments() {
        Token next = tokens.peek();
        boolean bare = switch (next.kind()) {
            case NAME -> !NO_ARGUMENT.contains(next.text());
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> next.text().equals("[") || next.text().equals("{");
            default -> false;
        };
        return bare ? new Arguments(List.of(postfix(primary())), Map.of()) : optionalArguments();
    }

    private Arguments arguments() {
        tokens.expectOperator("(");
        var positional = new ArrayList<Expression>();
        var named = new LinkedHashMap<String, Expression>();
        for (boolean first = true; !tokens.take(")"); first = false) {
            if (!first) {
                tokens.expectOperator(",");
                if (tokens.take(")")) {
                    break;
                }
            }
            Token token = tokens.peek();
            if (token.kind() == Kind.NAME && tokens.peekSecond().is(Kind.OPERATOR, "=")) {
                tokens.next();
                tokens.next();
                named.put(token.text(), expression());
            } else if (named.isEmpty()) {
                positional.add(expression());
            } else {
                throw tokens.unexpected("a named argument");
            }
        }
        return new Arguments(List.copyOf(positional), named);
    }
}
