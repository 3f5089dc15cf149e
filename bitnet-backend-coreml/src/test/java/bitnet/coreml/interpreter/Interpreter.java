package bitnet.coreml.interpreter;

import bitnet.coreml.interpreter.Instruction.Binding;
import bitnet.coreml.interpreter.Instruction.Inline;
import bitnet.coreml.interpreter.Instruction.Name;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Computes one function of a program. Constants are unpacked once. Not thread-safe. */
final class Interpreter {
    private final Code code;
    private final StateAccess access;
    private final Map<String, Tensor> constants = new HashMap<>();
    private final Map<Tensor, float[]> turned;
    private final Map<String, Float> magnitudes;

    /**
     * A function.
     *
     * @param shared weights that other functions of the package have unpacked, by place
     * @param turned what {@link Products} keeps of weights
     * @param magnitudes takes the largest magnitude of each value
     */
    Interpreter(Code code, Map<String, Tensor> shared, Map<Tensor, float[]> turned, Map<String, Float> magnitudes) {
        this.code = code;
        this.turned = turned;
        this.magnitudes = magnitudes;
        this.access = new StateAccess(code);
        for (Instruction instruction : code.instructions()) {
            if (instruction.type().equals("const") && instruction.value().tensor() != null) {
                constants.put(instruction.output().name(), instruction.value().tensor());
            } else if (instruction.type().equals("constexpr_lut_to_dense")) {
                constants.put(instruction.output().name(), lookUp(instruction, shared));
            }
        }
    }

    private static Tensor lookUp(Instruction instruction, Map<String, Tensor> shared) {
        Constant indices = inline(instruction, "indices");
        Tensor palette = inline(instruction, "lut").tensor();
        String key = indices.offset() + Arrays.toString(palette.data());
        return shared.computeIfAbsent(key, ignored -> {
            float[] values = new float[indices.tensor().data().length];
            for (int i = 0; i < values.length; i++) {
                values[i] = palette.data()[(int) indices.tensor().data()[i]];
            }
            return new Tensor(values, indices.tensor().shape());
        });
    }

    private static Constant inline(Instruction instruction, String parameter) {
        return ((Inline) instruction.arguments().get(parameter).getFirst()).constant();
    }

    /** Runs the function. The state is changed. */
    Map<String, Tensor> run(Map<String, Tensor> inputs, Map<String, Tensor> state) {
        Map<String, Tensor> values = new HashMap<>(constants);
        for (Instruction.Declared input : code.inputs()) {
            if (!input.type().state()) {
                Tensor given = inputs.get(input.name());
                if (given == null) {
                    throw new IllegalArgumentException("the input " + input.name() + " is missing");
                }
                check(input, given);
                values.put(input.name(), given);
            }
        }
        for (Instruction instruction : code.instructions()) {
            if (instruction.type().equals("write_state")) {
                String name = instruction.nameOf("input");
                Tensor data = values.get(instruction.nameOf("data"));
                if (data != state.get(name)) {
                    System.arraycopy(data.data(), 0, state.get(name).data(), 0, data.data().length);
                }
            } else if (!constants.containsKey(instruction.output().name())
                    && !instruction.type().equals("const")) {
                Tensor result = evaluate(instruction, values, state);
                check(instruction.output(), result);
                watch(instruction, result);
                values.put(instruction.output().name(), result);
            }
        }
        Map<String, Tensor> outputs = new HashMap<>();
        code.outputs().forEach(output -> outputs.put(output, values.get(output)));
        return outputs;
    }

    private Tensor evaluate(Instruction instruction, Map<String, Tensor> values, Map<String, Tensor> state) {
        Arguments in = new Arguments(instruction, values);
        return switch (instruction.type()) {
            case "conv" -> Products.conv(in.tensor("x"), in.tensor("weight"), turned);
            case "matmul" -> Products.matmul(in.tensor("x"), in.tensor("y"), in.flag("transpose_y"));
            case "add" -> binary(instruction, in, Float::sum);
            case "mul" -> binary(instruction, in, (a, b) -> a * b);
            case "real_div" -> binary(instruction, in, (a, b) -> a / b);
            case "maximum" -> binary(instruction, in, Math::max);
            case "relu" -> Elementwise.unary(in.tensor("x"), a -> Math.max(a, 0));
            case "silu" -> Elementwise.unary(in.tensor("x"), a -> (float) (a / (1 + Math.exp(-a))));
            case "abs" -> Elementwise.unary(in.tensor("x"), Math::abs);
            case "round" -> Elementwise.unary(in.tensor("x"), a -> (float) Math.rint(a));
            case "reduce_max" -> Reductions.max(in.tensor("x"), in.ints("axes")[0]);
            case "layer_norm" ->
                Reductions.layerNorm(
                        in.tensor("x"), in.ints("axes")[0], in.tensor("epsilon").data()[0]);
            case "softmax" -> Reductions.softmax(in.tensor("x"), in.ints("axis")[0]);
            case "concat" -> Layout.concat(in.tensors("values"), in.ints("axis")[0]);
            case "slice_by_size" -> Layout.slice(in.tensor("x"), in.ints("begin"), in.ints("size"));
            case "reshape" -> new Tensor(in.tensor("x").data(), in.ints("shape"));
            case "transpose" -> Layout.transpose(in.tensor("x"), in.ints("perm"));
            case "read_state" -> {
                Tensor held = state.get(instruction.nameOf("input"));
                yield access.mayAlias(instruction) ? held : held.copy();
            }
            case "slice_update" -> {
                Tensor updated = access.inPlace(instruction)
                        ? in.tensor("x")
                        : in.tensor("x").copy();
                int[] begin = in.ints("begin");
                int[] end = in.ints("end");
                int[] size = in.tensor("update").shape();
                for (int i = 0; i < begin.length; i++) {
                    if (end[i] - begin[i] != size[i]) {
                        throw new IllegalArgumentException("update of " + Arrays.toString(size) + " from "
                                + Arrays.toString(begin) + " to " + Arrays.toString(end));
                    }
                }
                Layout.update(updated, in.tensor("update"), begin);
                yield updated;
            }
            default -> throw new IllegalArgumentException("the operation " + instruction.type() + " is unknown");
        };
    }

    private static Tensor binary(Instruction instruction, Arguments in, Elementwise.Binary operation) {
        boolean whole = instruction.output().type().element() == Type.INT32;
        return Elementwise.binary(in.tensor("x"), in.tensor("y"), whole, operation);
    }

    private record Arguments(Instruction instruction, Map<String, Tensor> values) {
        Tensor tensor(String parameter) {
            return tensors(parameter).getFirst();
        }

        List<Tensor> tensors(String parameter) {
            List<Tensor> tensors = new ArrayList<>();
            for (Binding binding : instruction.arguments().get(parameter)) {
                Tensor tensor = switch (binding) {
                    case Name(String name) -> values.get(name);
                    case Inline(Constant constant) -> constant.tensor();
                };
                if (tensor == null) {
                    throw new IllegalArgumentException(binding + " is undefined");
                }
                tensors.add(tensor);
            }
            return tensors;
        }

        int[] ints(String parameter) {
            return tensor(parameter).ints();
        }

        boolean flag(String parameter) {
            return tensor(parameter).data()[0] != 0;
        }
    }

    private static void check(Instruction.Declared declared, Tensor found) {
        int[] expected =
                declared.type().shape().stream().mapToInt(Integer::intValue).toArray();
        if (!Arrays.equals(expected, found.shape())) {
            throw new IllegalArgumentException(declared.name() + " has the shape " + Arrays.toString(found.shape())
                    + ", declared " + Arrays.toString(expected));
        }
    }

    /** Values that only moved are those of another instruction; a state is looked at as it is written. */
    private void watch(Instruction instruction, Tensor result) {
        if (instruction.type().equals("read_state") || instruction.type().equals("slice_update")) {
            return;
        }
        float largest = 0;
        for (float value : result.data()) {
            largest = Math.max(largest, Math.abs(value)); // NaN stays
        }
        magnitudes.merge(code.name() + "/" + instruction.output().name(), largest, Math::max);
    }
}
