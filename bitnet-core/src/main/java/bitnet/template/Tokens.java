package bitnet.template;

import bitnet.template.Token.Kind;
import java.util.List;

/** Reads tokens one by one, and counts how deeply what they say is nested. */
final class Tokens {
    /** Templates in use nest about ten levels; each level takes some fifteen frames of the stack. */
    private static final int DEEPEST = 100;

    private final List<Token> tokens;
    private int at;
    private int depth;

    Tokens(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(at);
    }

    /** The token after the next. */
    Token peekSecond() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = tokens.get(at);
        at = Math.min(at + 1, tokens.size() - 1);
        return token;
    }

    /** Takes the next token if it is this operator. */
    boolean take(String operator) {
        return takeIf(Kind.OPERATOR, operator);
    }

    /** Takes the next token if it is this word. */
    boolean takeName(String name) {
        return takeIf(Kind.NAME, name);
    }

    private boolean takeIf(Kind kind, String text) {
        if (!peek().is(kind, text)) {
            return false;
        }
        next();
        return true;
    }

    Token expect(Kind kind, String what) {
        if (peek().kind() != kind) {
            throw unexpected(what);
        }
        return next();
    }

    void expectOperator(String operator) {
        if (!take(operator)) {
            throw unexpected("'" + operator + "'");
        }
    }

    TemplateError unexpected(String expected) {
        return new TemplateError("found " + peek().shown() + ", expected " + expected, peek().at());
    }

    void enter() {
        if (++depth > DEEPEST) {
            throw new TemplateError("nested more than " + DEEPEST + " levels", peek().at());
        }
    }

    void leave() {
        depth--;
    }
}
