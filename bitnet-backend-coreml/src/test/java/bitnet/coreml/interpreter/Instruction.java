package bitnet.coreml.interpreter;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An operation of a program.
 *
 * @param type such as {@code conv}
 * @param arguments by parameter
 * @param output what it makes; null if it only has an effect
 * @param value of a constant
 */
public record Instruction(
        String type,
        Map<String, List<Binding>> arguments,
        @Nullable Declared output,
        @Nullable Constant value) {
    /** What a parameter is bound to. */
    public sealed interface Binding {}

    /** A value, an input or a state, by name. */
    public record Name(String name) implements Binding {}

    /** A constant in place. */
    public record Inline(Constant constant) implements Binding {}

    /** A name and its type. */
    public record Declared(String name, Type type) {}

    static Instruction of(Message operation, WeightReader weights) {
        Map<String, List<Binding>> arguments = new java.util.LinkedHashMap<>();
        operation
                .map(2)
                .forEach((parameter, argument) -> arguments.put(
                        parameter,
                        argument.messages(1).stream()
                                .<Binding>map(binding -> binding.has(2)
                                        ? new Inline(Constant.of(binding.message(2), weights))
                                        : new Name(binding.text(1)))
                                .toList()));
        List<Message> outputs = operation.messages(3);
        if (outputs.size() > 1) {
            throw new IllegalArgumentException(operation.text(1) + " has " + outputs.size() + " outputs");
        }
        Declared output = outputs.isEmpty() ? null : declared(outputs.getFirst());
        Map<String, Message> attributes = operation.map(5);
        if (!attributes.containsKey("name")) {
            throw new IllegalArgumentException(operation.text(1) + " has no name");
        }
        Message value = attributes.get("val");
        if (operation.text(1).equals("const") != (value != null)) {
            throw new IllegalArgumentException(operation.text(1) + " with the attributes " + attributes.keySet());
        }
        return new Instruction(
                operation.text(1), arguments, output, value == null ? null : Constant.of(value, weights));
    }

    static Declared declared(Message named) {
        return new Declared(named.text(1), Type.of(named.message(2)));
    }

    /** The names that the operation reads. */
    List<String> reads() {
        return arguments.values().stream()
                .flatMap(List::stream)
                .filter(Name.class::isInstance)
                .map(binding -> ((Name) binding).name())
                .toList();
    }

    /** The only name that a parameter is bound to. */
    String nameOf(String parameter) {
        return ((Name) arguments.get(parameter).getFirst()).name();
    }
}
