package bitnet.constraint;

import bitnet.InvalidConstraintException;
import bitnet.ToolSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A grammar that an answer has to follow: at each token only those are allowed with which the answer can still become a text of
 * the grammar. It ends when nothing can follow, or when the model ends it where the grammar lets it. An answer that is cut off, by
 * {@link bitnet.GenerationOptions#maxTokens()} or a full context, is the beginning of such a text; its
 * {@link bitnet.FinishReason} says so.
 *
 * <p>Immutable and thread-safe. Two constraints of equal source are equal, and a model compiles them once.
 */
public final class TokenConstraint {
    private enum Kind {
        JSON_SCHEMA,
        REGEX,
        GBNF,
        TOOL_CALL,
        TOOL_CALL_OR
    }

    private final Kind kind;
    private final String source;
    private final Grammar grammar;
    private final List<String> tools;
    private final Automaton automaton;

    private TokenConstraint(Kind kind, String source, Grammar grammar, List<String> tools) {
        this.kind = kind;
        this.source = source;
        this.grammar = grammar;
        this.tools = List.copyOf(tools);
        this.automaton = new Automaton(grammar);
    }

    /**
     * JSON that is valid by a schema: what OpenAI's strict mode names, and {@code pattern}, {@code format}, bounds of numbers and
     * lengths, {@code $defs} and recursion, {@code allOf}, and {@code oneOf} where types or constants tell its alternatives apart.
     * Properties come in the order of the schema.
     *
     * @param schema a JSON schema, draft 2020-12
     * @throws InvalidConstraintException if it is not one, or uses a keyword that is not supported; the message has its JSON pointer
     */
    public static TokenConstraint jsonSchema(String schema) {
        return new TokenConstraint(Kind.JSON_SCHEMA, schema, JsonSchemaGrammar.parse(schema), List.of());
    }

    /** Any JSON object. */
    public static TokenConstraint jsonObject() {
        return jsonSchema("{\"type\":\"object\"}");
    }

    /**
     * A call of one of several tools: a JSON object with the tool's {@code name}, and {@code arguments} that are valid by its schema.
     * What a schema with {@code properties} does not declare is not an argument, unless it says so. {@link bitnet.Model#reply} reads such
     * a call.
     *
     * @throws InvalidConstraintException if there are no tools, or the schema of one is not supported
     */
    public static TokenConstraint toolCall(List<ToolSpec> tools) {
        return new TokenConstraint(Kind.TOOL_CALL, source(tools), calls(tools), names(tools));
    }

    /**
     * Either a call of one of several tools, as {@link #toolCall} has it or between the marks {@code <tool_call>} and
     * {@code </tool_call>}, or an answer that follows another constraint: for answers in a form of their own from a model that may call
     * tools first.
     *
     * @throws InvalidConstraintException if there are no tools, or the schema of one is not supported
     * @throws IllegalArgumentException if the other constraint is about calls itself
     */
    public static TokenConstraint toolCallOr(List<ToolSpec> tools, TokenConstraint answer) {
        if (!answer.tools.isEmpty()) {
            throw new IllegalArgumentException("the answer has to be one without calls: " + answer);
        }
        Grammar calls = calls(tools).orMarked("<tool_call>\n", "\n</tool_call>");
        return new TokenConstraint(
                Kind.TOOL_CALL_OR,
                source(tools) + answer.kind + '\0' + answer.source,
                Grammar.either(calls, answer.grammar),
                names(tools));
    }

    private static Grammar calls(List<ToolSpec> tools) {
        return JsonSchemaGrammar.of(ToolCallSchema.of(tools));
    }

    private static List<String> names(List<ToolSpec> tools) {
        return tools.stream().map(ToolSpec::name).toList();
    }

    private static String source(List<ToolSpec> tools) {
        StringBuilder source = new StringBuilder();
        tools.forEach(tool -> source.append(tool.name())
                .append('\0')
                .append(tool.jsonSchema())
                .append('\0'));
        return source.toString();
    }

    /**
     * A text that matches a regular expression as a whole: alternatives, groups, classes, escapes and counts. There are no
     * look-arounds and no back references.
     *
     * @throws InvalidConstraintException if it is malformed or not supported; the message has the offset
     */
    public static TokenConstraint regex(String regex) {
        return new TokenConstraint(Kind.REGEX, regex, Grammar.of(RegexParser.whole(regex)), List.of());
    }

    /**
     * A text of the rule {@code root} of a grammar in GBNF, the notation of llama.cpp.
     *
     * @throws InvalidConstraintException if it is malformed, or a rule calls itself before it has read anything
     */
    public static TokenConstraint gbnf(String grammar) {
        return new TokenConstraint(Kind.GBNF, grammar, GbnfParser.parse(grammar), List.of());
    }

    /** The names of the tools that an answer can be a call of; empty if this is about other answers alone. */
    public List<String> tools() {
        return tools;
    }

    /** Whether an answer is JSON of a schema, and so never a call of a tool, whatever it looks like. */
    public boolean isJsonSchema() {
        return kind == Kind.JSON_SCHEMA;
    }

    CompiledConstraint compile(TokenTrie vocabulary) {
        return new CompiledConstraint(automaton, vocabulary);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TokenConstraint constraint
                && kind == constraint.kind
                && source.equals(constraint.source);
    }

    @Override
    public int hashCode() {
        return source.hashCode();
    }

    @Override
    public String toString() {
        return kind + " " + (source.length() <= 80 ? source : source.substring(0, 80) + "…");
    }
}
