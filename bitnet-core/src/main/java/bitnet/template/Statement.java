package bitnet.template;

import bitnet.tokenizer.PromptText;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What writes or changes something. {@code at} is the offset in the template, for messages. */
sealed interface Statement {
    record Data(PromptText text) implements Statement {}

    record Output(Expression value, int at) implements Statement {}

    record If(List<Branch> branches, List<Statement> otherwise) implements Statement {}

    record Branch(Expression condition, List<Statement> body) {}

    record For(
            Target target,
            Expression iterable,
            @Nullable Expression condition,
            List<Statement> body,
            List<Statement> otherwise,
            int at)
            implements Statement {}

    record Assign(Target target, Expression value, int at) implements Statement {}

    /** {@code set name} ... {@code endset} */
    record Capture(Target target, List<Statement> body, int at) implements Statement {}

    record Macro(String name, List<String> parameters, List<@Nullable Expression> defaults, List<Statement> body)
            implements Statement {}

    record Break() implements Statement {}

    record Continue() implements Statement {}

    /** What a value is given to. */
    sealed interface Target {
        record Variable(String name) implements Target {}

        /** {@code name.attribute} of a namespace */
        record Member(String name, PromptText attribute) implements Target {}

        record Several(List<Target> targets) implements Target {}
    }
}
