package bitnet.template;

import bitnet.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a template into tokens. White space goes as in Jinja with {@code trim_blocks} and {@code lstrip_blocks}: a newline
 * right after a block or comment is dropped, and so are blanks between the start of a line and one; {@code -} at a tag
 * takes all white space on that side, {@code +} keeps it.
 */
final class Lexer {
    private static final String[] OPERATORS = {
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=",
        ".", ":", "|", ",", ";"
    };

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    /** Whether the text from here on begins a line, as far as white space before a block is concerned. */
    private boolean lineStarts = true;

    private Lexer(String source) {
        this.source = source;
    }

    /** The source as Jinja sees it: lines end with {@code \n}, and one at the very end is dropped. */
    static String normalize(String source) {
        String lines = source.replace("\r\n", "\n").replace('\r', '\n');
        return lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines;
    }

    /** The tokens of a normalized source; the last one is {@link Kind#END}. */
    static List<Token> tokens(String source) {
        var lexer = new Lexer(source);
        while (lexer.at < source.length()) {
            lexer.dataAndTag();
        }
        lexer.add(Kind.END, "", source.length());
        return lexer.tokens;
    }

    private void add(Kind kind, String text, int where) {
        tokens.add(new Token(kind, text, where));
    }

    private void dataAndTag() {
        int tag = source.indexOf('{', at);
        while (tag >= 0 && (tag + 1 == source.length() || "{%#".indexOf(source.charAt(tag + 1)) < 0)) {
            tag = source.indexOf('{', tag + 1);
        }
        if (tag < 0) {
            add(Kind.DATA, source.substring(at), at);
            at = source.length();
            return;
        }
        char type = source.charAt(tag + 1);
        int inside = tag + 2;
        char sign = inside < source.length() ? source.charAt(inside) : ' ';
        if (sign == '-' || sign == '+') {
            inside++;
        }
        data(tag, sign, type != '{');
        switch (type) {
            case '#' -> comment(tag, inside);
            case '{' -> tag(Kind.OUTPUT_BEGIN, Kind.OUTPUT_END, tag, inside);
            default -> {
                int body = afterWord(inside, "raw");
                if (body >= 0) {
                    raw(tag, body);
                } else {
                    tag(Kind.BLOCK_BEGIN, Kind.BLOCK_END, tag, inside);
                }
            }
        }
    }

    /** Adds the text before a tag, without the white space that the tag takes. */
    private void data(int tag, char sign, boolean block) {
        int end = tag;
        if (sign == '-') {
            while (end > at && Text.isSpace(source.charAt(end - 1))) {
                end--;
            }
        } else if (sign != '+' && block) {
            int line = tag;
            while (line > at && source.charAt(line - 1) != '\n' && Text.isSpace(source.charAt(line - 1))) {
                line--;
            }
            if (line > at ? source.charAt(line - 1) == '\n' : lineStarts) {
                end = line;
            }
        }
        if (end > at) {
            add(Kind.DATA, source.substring(at, end), at);
        }
    }

    private void comment(int tag, int inside) {
        int close = source.indexOf("#}", inside);
        if (close < 0) {
            throw new TemplateError("this comment has no end", tag);
        }
        closed(close > inside ? source.charAt(close - 1) : ' ', close + 2, true);
    }

    private void raw(int tag, int body) {
        closed(source.charAt(body - 3), body, false);
        for (int open = source.indexOf("{%", at); open >= 0; open = source.indexOf("{%", open + 2)) {
            int inside = open + 2;
            char sign = inside < source.length() ? source.charAt(inside) : ' ';
            int after = afterWord(sign == '-' || sign == '+' ? inside + 1 : inside, "endraw");
            if (after >= 0) {
                data(open, sign, true);
                closed(source.charAt(after - 3), after, true);
                return;
            }
        }
        throw new TemplateError("this raw block has no end", tag);
    }

    /** The place after {@code word %}} if that stands here, or -1. */
    private int afterWord(int from, String word) {
        int i = skipSpace(from);
        if (!source.startsWith(word, i)) {
            return -1;
        }
        i = skipSpace(i + word.length());
        if (i < source.length() && (source.charAt(i) == '-' || source.charAt(i) == '+')) {
            i++;
        }
        return source.startsWith("%}", i) ? i + 2 : -1;
    }

    private int skipSpace(int from) {
        int i = from;
        while (i < source.length() && Text.isSpace(source.charAt(i))) {
            i++;
        }
        return i;
    }

    /** Goes on after a tag, whose end had this sign. */
    private void closed(char sign, int after, boolean trim) {
        at = after;
        if (sign == '-') {
            at = skipSpace(after);
        } else if (trim && sign != '+' && after < source.length() && source.charAt(after) == '\n') {
            at = after + 1;
        }
        lineStarts = source.charAt(at - 1) == '\n';
    }

    private void tag(Kind begin, Kind end, int tag, int inside) {
        add(begin, source.substring(tag, tag + 2), tag);
        String close = end == Kind.BLOCK_END ? "%}" : "}}";
        var open = new StringBuilder();
        at = inside;
        while (true) {
            at = skipSpace(at);
            if (at >= source.length()) {
                throw new TemplateError("this tag has no end", tag);
            }
            char c = source.charAt(at);
            if (open.isEmpty()) {
                boolean signed = c == '-' || (c == '+' && end == Kind.BLOCK_END);
                int here = signed ? at + 1 : at;
                if (source.startsWith(close, here)) {
                    add(end, close, at);
                    closed(signed ? c : ' ', here + 2, end == Kind.BLOCK_END);
                    return;
                }
            }
            expressionToken(c, open);
        }
    }

    private void expressionToken(char c, StringBuilder open) {
        int start = at;
        if (c == '_' || Character.isLetter(c)) {
            while (at < source.length() && (source.charAt(at) == '_' || Character.isLetterOrDigit(source.charAt(at)))) {
                at++;
            }
            add(Kind.NAME, source.substring(start, at), start);
        } else if (c >= '0' && c <= '9') {
            number();
        } else if (c == '\'' || c == '"') {
            string(c);
        } else {
            operator(open);
        }
    }

    private void number() {
        int start = at;
        digits();
        Kind kind = Kind.INTEGER;
        boolean afterDot = start > 0 && source.charAt(start - 1) == '.';
        if (!afterDot && at + 1 < source.length() && source.charAt(at) == '.' && isDigit(at + 1)) {
            at++;
            digits();
            kind = Kind.FLOAT;
        }
        if (!afterDot && at + 1 < source.length() && (source.charAt(at) | 0x20) == 'e') {
            int sign = source.charAt(at + 1) == '+' || source.charAt(at + 1) == '-' ? 2 : 1;
            if (isDigit(at + sign)) {
                at += sign;
                digits();
                kind = Kind.FLOAT;
            }
        }
        add(kind, source.substring(start, at).replace("_", ""), start);
    }

    private void digits() {
        while (isDigit(at) || (at < source.length() && source.charAt(at) == '_' && isDigit(at + 1))) {
            at++;
        }
    }

    private boolean isDigit(int i) {
        return i < source.length() && source.charAt(i) >= '0' && source.charAt(i) <= '9';
    }

    private void string(char quote) {
        int start = at++;
        while (at < source.length() && source.charAt(at) != quote) {
            at += source.charAt(at) == '\\' ? 2 : 1;
        }
        if (at >= source.length()) {
            throw new TemplateError("this string has no end", start);
        }
        add(Kind.STRING, Escapes.unescape(source.substring(start + 1, at), start), start);
        at++;
    }

    private void operator(StringBuilder open) {
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, at)) {
                char c = operator.charAt(0);
                int opening = "([{".indexOf(c);
                int closing = ")]}".indexOf(c);
                if (opening >= 0) {
                    open.append(")]}".charAt(opening));
                } else if (closing >= 0) {
                    if (open.isEmpty() || open.charAt(open.length() - 1) != c) {
                        throw new TemplateError("found '" + c + "', which closes nothing", at);
                    }
                    open.setLength(open.length() - 1);
                }
                add(Kind.OPERATOR, operator, at);
                at += operator.length();
                return;
            }
        }
        throw new TemplateError("found the character '" + Character.toString(source.codePointAt(at)) + "'", at);
    }
}
