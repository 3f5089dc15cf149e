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
        TOOL_CALL
    }

    private final Kind kind;
    private final String source;
    private final Automaton automaton;

    private TokenConstraint(Kind kind, String source, Grammar grammar) {
        this.kind = kind;
        this.source = source;
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
        return new TokenConstraint(Kind.JSON_SCHEMA, schema, JsonSchemaGrammar.parse(schema));
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
        StringBuilder source = new StringBuilder();
        tools.forEach(tool -> source.append(tool.name())
                .append('\0')
                .append(tool.jsonSchema())
                .append('\0'));
        return new TokenConstraint(Kind.TOOL_CALL, source.toString(), JsonSchemaGrammar.of(ToolCallSchema.of(tools)));
    }

    /**
     * A text that matches a regular expression as a whole: alternatives, groups, classes, escapes and counts. There are no
     * look-arounds and no back references.
     *
     * @throws InvalidConstraintException if it is malformed or not supported; the message has the offset
     */
    public static TokenConstraint regex(String regex) {
        return new TokenConstraint(Kind.REGEX, regex, Grammar.of(RegexParser.whole(regex)));
    }

    /**
     * A text of the rule {@code root} of a grammar in GBNF, the notation of llama.cpp.
     *
     * @throws InvalidConstraintException if it is malformed, or a rule calls itself before it has read anything
     */
    public static TokenConstraint gbnf(String grammar) {
        return new TokenConstraint(Kind.GBNF, grammar, GbnfParser.parse(grammar));
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
