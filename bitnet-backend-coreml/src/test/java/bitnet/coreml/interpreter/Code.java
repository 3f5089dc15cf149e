package bitnet.coreml.interpreter;

import java.util.List;
import java.util.Map;

/**
 * A function of a program, as it stands in the package.
 *
 * @param name of the function
 * @param opset that it asks for
 * @param inputs inputs and states
 * @param instructions in their order
 * @param outputs names of its results
 */
public record Code(
        String name,
        String opset,
        List<Instruction.Declared> inputs,
        List<Instruction> instructions,
        List<String> outputs) {
    static Code of(String name, Message function, WeightReader weights) {
        String opset = function.text(2);
        Map<String, Message> blocks = function.map(3);
        Message block = blocks.get(opset);
        if (block == null || blocks.size() != 1) {
            throw new IllegalArgumentException(name + " asks for " + opset + " and has " + blocks.keySet());
        }
        return new Code(
                name,
                opset,
                function.messages(1).stream().map(Instruction::declared).toList(),
                block.messages(3).stream()
                        .map(operation -> Instruction.of(operation, weights))
                        .toList(),
                block.texts(2));
    }
}
