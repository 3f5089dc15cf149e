package bitnet.coreml.interpreter;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known, or reported by others, to keep a program off the Neural Engine. It says what to look at; that a program does
 * run there, only a Mac can tell.
 */
final class NeuralEngineLint {
    private static final int MAX_RANK = 4;
    private static final int MAX_DIMENSION = 16384;
    private static final int STATE_MULTIPLE = 32;
    /** Of weights; with them go a few megabytes of program. */
    private static final long MAX_BYTES = 260_000_000;
    /** Operations that the exporter may use: all of them are said to run there. */
    private static final Set<String> ALLOWED = Signature.ALL.keySet();

    private final List<String> findings = new ArrayList<>();

    private NeuralEngineLint() {}

    /** What speaks against a package; empty if nothing does. */
    static List<String> findings(MlPackage content) {
        NeuralEngineLint lint = new NeuralEngineLint();
        lint.require(
                content.weightBytes() <= MAX_BYTES,
                content.weightBytes() + " bytes of weights, more than " + MAX_BYTES);
        content.functions().values().forEach(lint::function);
        return lint.findings;
    }

    private void function(Code code) {
        for (Instruction.Declared input : code.inputs()) {
            value(code.name() + ", input " + input.name(), input.type());
            if (input.type().state()) {
                state(code.name() + ", state " + input.name(), input.type());
            }
        }
        for (Instruction instruction : code.instructions()) {
            String where = code.name() + ", " + instruction.type();
            require(ALLOWED.contains(instruction.type()), where + " is not allowed");
            Instruction.@Nullable Declared output = instruction.output();
            if (output != null && !instruction.type().equals("const")) {
                value(where + " " + output.name(), output.type());
            }
        }
    }

    private void value(String where, Type type) {
        require(
                type.shape().size() <= MAX_RANK,
                where + " has rank " + type.shape().size());
        type.shape()
                .forEach(dimension -> require(dimension <= MAX_DIMENSION, where + " has a dimension of " + dimension));
        // Whole numbers are for positions alone, a handful of them.
        boolean position = type.element() == Type.INT32 && type.shape().size() == 1 && type.elements() <= MAX_RANK;
        require(type.element() == Type.FLOAT16 || position, where + " has the element type " + type.element());
    }

    private void state(String where, Type type) {
        int rank = type.shape().size();
        require(type.element() == Type.FLOAT16, where + " is not F16");
        for (int dimension : type.shape().subList(Math.max(0, rank - 2), rank)) {
            require(
                    dimension % STATE_MULTIPLE == 0,
                    where + " has a dimension of " + dimension + ", which is no multiple of " + STATE_MULTIPLE);
        }
    }

    private void require(boolean condition, String finding) {
        if (!condition) {
            findings.add(finding);
        }
    }
}
