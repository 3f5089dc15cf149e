package bitnet.template;

import bitnet.template.Statement.Branch;
import bitnet.template.Statement.Target;
import bitnet.template.Token.Kind;
import bitnet.tokenizer.PromptText;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses statements; {@link ExpressionParser} parses what is in them. */
final class Parser {
    private static final Set<String> UNSUPPORTED = Set.of(
            "include", "import", "from", "extends", "block", "call", "filter", "with", "autoescape", "do", "trans");

    private final Tokens tokens;
    private final ExpressionParser expressions;
    private int loops;

    private Parser(Tokens tokens) {
        this.tokens = tokens;
        this.expressions = new ExpressionParser(tokens);
    }

    /** The statements of a normalized source's tokens. */
    static List<Statement> parse(List<Token> source) {
        var parser = new Parser(new Tokens(source));
        List<Statement> body = parser.body(Set.of());
        if (parser.tokens.peek().kind() != Kind.END) {
            throw parser.tokens.unexpected("nothing to end");
        }
        return body;
    }

    /** Statements up to a block that begins with one of the names, or to the end. The block's name is the next token. */
    private List<Statement> body(Set<String> ends) {
        tokens.enter();
        var body = new ArrayList<Statement>();
        while (true) {
            Token token = tokens.peek();
            switch (token.kind()) {
                case DATA -> {
                    tokens.next();
                    body.add(new Statement.Data(PromptText.template(token.text())));
                }
                case OUTPUT_BEGIN -> {
                    tokens.next();
                    body.add(new Statement.Output(expressions.tuple(), token.at()));
                    tokens.expect(Kind.OUTPUT_END, "'}}'");
                }
                case BLOCK_BEGIN -> {
                    tokens.next();
                    Token name = tokens.peek();
                    if (name.kind() == Kind.NAME && ends.contains(name.text())) {
                        tokens.leave();
                        return List.copyOf(body);
                    }
                    statement(body);
                }
                case END -> {
                    if (!ends.isEmpty()) {
                        throw tokens.unexpected(
                                String.join(" or ", ends.stream().sorted().toList()));
                    }
                    tokens.leave();
                    return List.copyOf(body);
                }
                default -> throw tokens.unexpected("text or a tag");
            }
        }
    }

    private void statement(List<Statement> into) {
        Token name = tokens.expect(Kind.NAME, "a statement");
        switch (name.text()) {
            case "if" -> into.add(conditional());
            case "for" -> into.add(loop(name.at()));
            case "set" -> into.add(assignment(name.at()));
            case "macro" -> into.add(macro());
            case "break", "continue" -> {
                if (loops == 0) {
                    throw new TemplateError("'" + name.text() + "' outside a loop", name.at());
                }
                end();
                into.add(name.text().equals("break") ? new Statement.Break() : new Statement.Continue());
            }
            // Marks what the assistant said, for training; the text is the same.
            case "generation" -> {
                end();
                into.addAll(block("endgeneration"));
            }
            default -> {
                String problem =
                        UNSUPPORTED.contains(name.text()) ? "is not supported in chat templates" : "is not a statement";
                throw new TemplateError("'" + name.text() + "' " + problem, name.at());
            }
        }
    }

    private void end() {
        tokens.expect(Kind.BLOCK_END, "'%}'");
    }

    /** Statements up to the block of this name, and that block. */
    private List<Statement> block(String end) {
        List<Statement> body = body(Set.of(end));
        tokens.next();
        end();
        return body;
    }

    private Statement conditional() {
        var branches = new ArrayList<Branch>();
        while (true) {
            Expression condition = expressions.tuple();
            end();
            List<Statement> body = body(Set.of("elif", "else", "endif"));
            branches.add(new Branch(condition, body));
            String next = tokens.next().text();
            if (next.equals("elif")) {
                continue;
            }
            end();
            List<Statement> otherwise = next.equals("else") ? block("endif") : List.of();
            return new Statement.If(List.copyOf(branches), otherwise);
        }
    }

    private Statement loop(int at) {
        Target target = target();
        if (!tokens.takeName("in")) {
            throw tokens.unexpected("'in'");
        }
        Expression iterable = expressions.tupleWithoutCondition();
        Expression condition = tokens.takeName("if") ? expressions.expression() : null;
        if (tokens.peek().is(Kind.NAME, "recursive")) {
            throw new TemplateError("recursive loops are not supported in chat templates", at);
        }
        end();
        loops++;
        List<Statement> body = body(Set.of("else", "endfor"));
        loops--;
        boolean hasElse = tokens.next().text().equals("else");
        end();
        List<Statement> otherwise = hasElse ? block("endfor") : List.of();
        return new Statement.For(target, iterable, condition, body, otherwise, at);
    }

    private Statement assignment(int at) {
        Target target = target();
        if (tokens.take("=")) {
            Expression value = expressions.tuple();
            end();
            return new Statement.Assign(target, value, at);
        }
        end();
        return new Statement.Capture(target, block("endset"), at);
    }

    private Target target() {
        var targets = new ArrayList<Target>();
        boolean parenthesized = tokens.take("(");
        do {
            if (!targets.isEmpty() && tokens.peek().kind() != Kind.NAME) {
                break; // a comma at the end
            }
            String name = tokens.expect(Kind.NAME, "a name").text();
            targets.add(
                    tokens.take(".")
                            ? new Target.Member(
                                    name,
                                    PromptText.template(
                                            tokens.expect(Kind.NAME, "a name").text()))
                            : new Target.Variable(name));
        } while (tokens.take(","));
        if (parenthesized) {
            tokens.expectOperator(")");
        }
        return targets.size() == 1 ? targets.getFirst() : new Target.Several(List.copyOf(targets));
    }

    private Statement macro() {
        String name = tokens.expect(Kind.NAME, "a name").text();
        var parameters = new ArrayList<String>();
        var defaults = new ArrayList<@Nullable Expression>();
        tokens.expectOperator("(");
        while (!tokens.take(")")) {
            if (!parameters.isEmpty()) {
                tokens.expectOperator(",");
            }
            parameters.add(tokens.expect(Kind.NAME, "a name").text());
            defaults.add(tokens.take("=") ? expressions.expression() : null);
        }
        end();
        int outer = loops;
        loops = 0;
        List<Statement> body = block("endmacro");
        loops = outer;
        return new Statement.Macro(name, List.copyOf(parameters), Collections.unmodifiableList(defaults), body);
    }
}
