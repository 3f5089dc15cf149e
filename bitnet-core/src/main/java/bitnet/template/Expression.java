package bitnet.template;

import bitnet.tokenizer.PromptText;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What has a value. {@code at} is the offset in the template, for messages. */
sealed interface Expression {
    record Constant(Object value) implements Expression {}

    record Name(String name, int at) implements Expression {}

    /** {@code of.name} */
    record Attribute(Expression of, PromptText name, int at) implements Expression {}

    /** {@code of[key]} */
    record Item(Expression of, Expression key, int at) implements Expression {}

    /** {@code of[from:to:step]} */
    record Slice(
            Expression of,
            @Nullable Expression from,
            @Nullable Expression to,
            @Nullable Expression step,
            int at) implements Expression {}

    record Call(Expression callee, Arguments arguments, int at) implements Expression {}

    /** {@code of | name(arguments)} */
    record Filter(Expression of, String name, Arguments arguments, int at) implements Expression {}

    /** {@code of is name(arguments)} */
    record Test(Expression of, String name, Arguments arguments, int at) implements Expression {}

    record Not(Expression of) implements Expression {}

    record Negative(Expression of, boolean negative, int at) implements Expression {}

    /** {@code left and right}, {@code left or right} */
    record Logic(Expression left, boolean and, Expression right) implements Expression {}

    /** {@code first op operand op operand ...}, true where each holds */
    record Comparison(Expression first, List<Operand> rest, int at) implements Expression {}

    record Operand(String operator, Expression value) {}

    record Arithmetic(Expression left, String operator, Expression right, int at) implements Expression {}

    /** {@code part ~ part ~ ...} */
    record Concatenation(List<Expression> parts, int at) implements Expression {}

    /** {@code then if condition else otherwise} */
    record Conditional(
            Expression then, Expression condition, @Nullable Expression otherwise) implements Expression {}

    record ListOf(List<Expression> elements, boolean tuple) implements Expression {}

    record MapOf(List<Expression> keys, List<Expression> values, int at) implements Expression {}

    record Arguments(List<Expression> positional, Map<String, Expression> named) {
        static final Arguments NONE = new Arguments(List.of(), Map.of());
    }
}
