package bitnet.template;

import bitnet.ChatTemplateException;
import bitnet.tokenizer.PromptText;
import java.time.Clock;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A chat template: the Jinja subset in which model files say how a conversation is spelled. Immutable and thread-safe.
 *
 * <p>It has text, {@code {{ }}}, {@code {# #}}, and the blocks if, for, set, macro, break, continue, raw and generation;
 * Python's operators, slices and the methods of strings, mappings and lists that do not change them; Jinja's filters and
 * tests as far as chat templates use them; {@code namespace}, {@code range}, {@code dict}, {@code raise_exception} and
 * {@code strftime_now}. White space is treated as transformers does it: the newline after a block is dropped, and so is
 * the indentation before one ({@code trim_blocks}, {@code lstrip_blocks}).
 *
 * <p>Templates come from strangers: whatever one does, rendering takes bounded time, memory and stack.
 */
public final class ChatTemplate {
    /**
     * A message of a conversation.
     *
     * @param role {@code system}, {@code user} or {@code assistant}
     * @param content what was said
     */
    public record Turn(String role, String content) {}

    /** The longest in use have some 20,000 characters. */
    private static final int LONGEST = 1 << 18;

    private final String source;
    private final List<String> literals;
    private final List<Statement> body;
    private final Clock clock;

    private ChatTemplate(String source, List<String> literals, List<Statement> body, Clock clock) {
        this.source = source;
        this.literals = literals;
        this.body = body;
        this.clock = clock;
    }

    /**
     * Parses a template.
     *
     * @throws ChatTemplateException if it is not one, with the line and column where that shows
     */
    public static ChatTemplate parse(String source) {
        if (source.length() > LONGEST) {
            throw new ChatTemplateException(
                    "the template has " + source.length() + " characters; at most " + LONGEST + " are taken");
        }
        String normalized = Lexer.normalize(source);
        try {
            List<Token> tokens = Lexer.tokens(normalized);
            List<String> literals = tokens.stream()
                    .filter(token -> token.kind() == Token.Kind.DATA || token.kind() == Token.Kind.STRING)
                    .map(Token::text)
                    .toList();
            return new ChatTemplate(source, literals, Parser.parse(tokens), Clock.system(ZoneId.systemDefault()));
        } catch (TemplateError e) {
            throw failure(normalized, e, e.at());
        }
    }

    /** This template with another clock for {@code strftime_now}; the system's is the default. */
    public ChatTemplate withClock(Clock newClock) {
        return new ChatTemplate(source, literals, body, newClock);
    }

    /** The template's text. */
    public String source() {
        return source;
    }

    /** Whether a text stands in what this template writes by itself: the text outside of its tags, or a string in one. */
    public boolean spells(String text) {
        return literals.stream().anyMatch(literal -> literal.contains(text));
    }

    /**
     * The conversation as the model expects it, ready to be encoded without another begin-of-text token. What the template's
     * own literals wrote, and {@code bos}, {@code eos} and the roles, is the template's; everything else is text, whatever the
     * template did to it.
     *
     * @param addGenerationPrompt whether the text ends where the assistant is to speak
     * @param bos how the begin-of-text token is written, or empty
     * @param eos how the end-of-text token is written, or empty
     * @param variables what else the template may use, as for {@link #prompt(Map)}
     * @throws ChatTemplateException if the template fails or refuses the conversation
     */
    public PromptText prompt(
            List<Turn> turns,
            boolean addGenerationPrompt,
            String bos,
            String eos,
            Map<String, ? extends @Nullable Object> variables) {
        var all = new HashMap<String, @Nullable Object>();
        // Templates tell "no tools" by none as often as by undefined; transformers passes none.
        all.put("tools", null);
        all.put("documents", null);
        all.put("messages", turns.stream().map(ChatTemplate::message).toList());
        all.put("add_generation_prompt", addGenerationPrompt);
        all.put("bos_token", PromptText.template(bos));
        all.put("eos_token", PromptText.template(eos));
        all.putAll(variables);
        return prompt(all);
    }

    private static Map<String, Object> message(Turn turn) {
        var message = new LinkedHashMap<String, Object>();
        message.put("role", PromptText.template(turn.role()));
        message.put("content", turn.content());
        return message;
    }

    /**
     * Renders with nothing but these variables.
     *
     * @param variables strings, booleans, numbers, null, lists and maps of these; a string is text, unless it is a
     *     {@link PromptText} that says otherwise
     * @throws ChatTemplateException if the template fails or refuses the conversation
     */
    public PromptText prompt(Map<String, ? extends @Nullable Object> variables) {
        var scope = new Scope(null);
        long size = 0;
        var values = new HashMap<String, Object>();
        for (var variable : variables.entrySet()) {
            Object value = Values.of(variable.getValue(), 0);
            size += Values.size(value);
            values.put(variable.getKey(), value);
        }
        var budget = new Budget(size);
        Functions.define(scope, clock, budget);
        values.forEach(scope::set);
        var rendering = new Rendering(budget);
        try {
            return rendering.text(body, new Scope(scope));
        } catch (TemplateError e) {
            throw failure(Lexer.normalize(source), e, e.at() == TemplateError.HERE ? rendering.at() : e.at());
        }
    }

    /** What {@link #prompt(List, boolean, String, String, Map)} reads. */
    public String render(
            List<Turn> turns,
            boolean addGenerationPrompt,
            String bos,
            String eos,
            Map<String, ? extends @Nullable Object> variables) {
        return prompt(turns, addGenerationPrompt, bos, eos, variables).text();
    }

    /** What {@link #prompt(Map)} reads. */
    public String render(Map<String, ? extends @Nullable Object> variables) {
        return prompt(variables).text();
    }

    private static ChatTemplateException failure(String normalized, TemplateError e, int at) {
        int offset = Math.clamp(at, 0, normalized.length());
        long line = 1 + normalized.chars().limit(offset).filter(c -> c == '\n').count();
        int column = offset - normalized.lastIndexOf('\n', offset - 1);
        return new ChatTemplateException("line " + line + ", column " + column + ": " + e.problem());
    }
}
