package bitnet.coreml.interpreter;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Whether a package means something: every name is defined before it is used, every operation is one of the opset and has the
 * parameters that it must have, every declared type is the one that follows, and the description says what the functions are.
 */
final class ProgramCheck {
    private static final String OPSET = "CoreML8";
    private static final long SPECIFICATION_VERSION = 9;

    private final List<String> problems = new ArrayList<>();

    private ProgramCheck() {}

    /** What is wrong; empty if nothing is. */
    static List<String> problems(MlPackage content) {
        ProgramCheck check = new ProgramCheck();
        check.require(content.specificationVersion() == SPECIFICATION_VERSION, "specification version");
        check.require(
                content.descriptions().keySet().equals(content.functions().keySet()),
                "the description knows the functions " + content.descriptions().keySet() + ", the program "
                        + content.functions().keySet());
        content.functions().values().forEach(code -> {
            check.function(code);
            check.weights(code, content.weightEntries());
            MlPackage.Description description = content.descriptions().get(code.name());
            if (description != null) {
                check.description(code, description);
            }
        });
        return check.problems;
    }

    private void function(Code code) {
        require(code.opset().equals(OPSET), code.name() + " asks for the opset " + code.opset());
        Map<String, Type> types = new HashMap<>();
        Map<String, Constant> constants = new HashMap<>();
        code.inputs().forEach(input -> {
            identifier(input.name());
            require(types.put(input.name(), input.type()) == null, "two inputs " + input.name());
        });
        for (Instruction instruction : code.instructions()) {
            String where = code.name() + ", " + instruction.type()
                    + (instruction.output() == null
                            ? ""
                            : " " + instruction.output().name()) + ": ";
            try {
                instruction(instruction, types, constants);
            } catch (IllegalArgumentException | NullPointerException e) {
                problems.add(where + e.getMessage());
            }
            if (instruction.output() != null) {
                String name = instruction.output().name();
                identifier(name);
                require(types.put(name, instruction.output().type()) == null, where + "the name is taken");
                if (instruction.type().equals("const")) {
                    constants.put(name, instruction.value());
                }
            }
        }
        require(!code.outputs().isEmpty(), code.name() + " has no outputs");
        code.outputs()
                .forEach(output ->
                        require(types.containsKey(output), code.name() + ": the output " + output + " is undefined"));
    }

    private static void instruction(Instruction instruction, Map<String, Type> types, Map<String, Constant> constants) {
        Signature signature = Signature.ALL.get(instruction.type());
        if (signature == null) {
            throw new IllegalArgumentException("the operation is unknown");
        }
        Set<String> expected = new HashSet<>(signature.values());
        expected.addAll(signature.constants());
        if (!instruction.arguments().keySet().equals(expected)) {
            throw new IllegalArgumentException(
                    "has the parameters " + instruction.arguments().keySet() + ", not " + expected);
        }
        for (String name : instruction.reads()) {
            if (!types.containsKey(name)) {
                throw new IllegalArgumentException(name + " is undefined");
            }
        }
        for (String parameter : signature.constants()) {
            if (instruction.arguments().get(parameter).getFirst() instanceof Instruction.Name(String name)
                    && !constants.containsKey(name)) {
                throw new IllegalArgumentException(parameter + " is not a constant");
            }
        }
        Inference inference = new Inference(instruction, types, constants);
        if (instruction.type().equals("write_state")) {
            if (!inference.held().equals(types.get(instruction.nameOf("data")))) {
                throw new IllegalArgumentException("writes another type than the state has");
            }
            return;
        }
        Type inferred = inference.result();
        if (!inferred.equals(instruction.output().type())) {
            throw new IllegalArgumentException(
                    "is declared as " + instruction.output().type() + ", but is " + inferred);
        }
    }

    /** Every function of an export uses every weight. */
    private void weights(Code code, int entries) {
        Set<Long> used = new HashSet<>();
        for (Instruction instruction : code.instructions()) {
            Stream<Constant> inline = instruction.arguments().values().stream()
                    .flatMap(List::stream)
                    .filter(Instruction.Inline.class::isInstance)
                    .map(binding -> ((Instruction.Inline) binding).constant());
            Stream.concat(Stream.ofNullable(instruction.value()), inline)
                    .map(Constant::offset)
                    .filter(offset -> offset >= 0)
                    .forEach(used::add);
        }
        require(used.size() == entries, code.name() + " uses " + used.size() + " of " + entries + " entries");
    }

    /** What coremltools does not look at, and macOS refuses. */
    private void description(Code code, MlPackage.Description description) {
        Map<String, Type> inputs = new HashMap<>();
        Map<String, Type> states = new HashMap<>();
        code.inputs().forEach(input -> (input.type().state() ? states : inputs).put(input.name(), input.type()));
        require(
                inputs.equals(description.inputs()),
                code.name() + " takes " + inputs + ", described as " + description.inputs());
        require(
                states.equals(description.states()),
                code.name() + " has the states " + states + ", described as " + description.states());
        Map<String, Type> outputs = new HashMap<>();
        code.instructions().stream()
                .map(Instruction::output)
                .filter(output -> output != null && code.outputs().contains(output.name()))
                .forEach(output -> outputs.put(output.name(), output.type()));
        require(
                outputs.equals(description.outputs()),
                code.name() + " gives " + outputs + ", described as " + description.outputs());
    }

    private void identifier(String name) {
        require(name.matches("[A-Za-z_][A-Za-z0-9_@]*"), "'" + name + "' is not an identifier");
    }

    private void require(boolean condition, String problem) {
        if (!condition) {
            problems.add(problem);
        }
    }
}
