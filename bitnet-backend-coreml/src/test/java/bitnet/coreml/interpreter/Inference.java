package bitnet.coreml.interpreter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The type that an operation's result must have, from the types of what goes in. */
final class Inference {
    private final Instruction instruction;
    private final Map<String, Type> types;
    private final Map<String, Constant> constants;

    Inference(Instruction instruction, Map<String, Type> types, Map<String, Constant> constants) {
        this.instruction = instruction;
        this.types = types;
        this.constants = constants;
    }

    /** @throws IllegalArgumentException if the operation cannot be applied to its arguments */
    Type result() {
        return switch (instruction.type()) {
            case "const" -> instruction.value().type();
            case "constexpr_lut_to_dense" -> lookUp();
            case "conv" -> conv();
            case "matmul" -> matmul();
            case "add", "mul", "real_div", "maximum" -> binary();
            case "relu", "silu", "abs", "round" -> type("x");
            case "reduce_max" -> with(type("x"), axis("axes"), 1);
            case "layer_norm", "softmax" -> {
                axis(instruction.type().equals("softmax") ? "axis" : "axes");
                yield type("x");
            }
            case "concat" -> concat();
            case "slice_by_size" -> slice();
            case "reshape" -> reshape();
            case "transpose" -> transpose();
            case "read_state" -> held();
            case "slice_update" -> update();
            default -> throw new IllegalArgumentException("has no result");
        };
    }

    /** The type of the state that the operation names. */
    Type held() {
        Type state = types.get(instruction.nameOf("input"));
        require(state != null && state.state(), "reads or writes no state");
        return new Type(state.element(), state.shape(), false);
    }

    private Type lookUp() {
        Type indices = inline("indices").type();
        Type palette = inline("lut").type();
        int rank = indices.shape().size();
        require(
                indices.element() == Type.UINT2 || indices.element() == Type.UINT6 || indices.element() == Type.UINT8,
                "indices of type " + indices.element());
        require(
                palette.shape().size() == rank + 2,
                "a palette of rank " + palette.shape().size());
        require(
                palette.shape().get(rank) == 1 << indices.bits(),
                "a palette of " + palette.shape().get(rank) + " values");
        require(palette.shape().get(rank + 1) == 1, "a palette of vectors");
        for (int i = 0; i < rank; i++) {
            require(indices.shape().get(i) % palette.shape().get(i) == 0, "palettes that divide nothing");
        }
        return new Type(palette.element(), indices.shape(), false);
    }

    private Type conv() {
        Type x = type("x");
        Type weight = type("weight");
        require(x.shape().size() == 4 && weight.shape().size() == 4, "conv of other than rank 4");
        require(x.element() == weight.element(), "conv of two types");
        require(weight.shape().get(2) == 1 && weight.shape().get(3) == 1, "conv that is not 1 x 1");
        require(x.shape().get(1).equals(weight.shape().get(1)), "conv of " + x.shape() + " by " + weight.shape());
        require(Arrays.equals(ints("strides"), new int[] {1, 1}), "strides");
        require("valid".equals(constant("pad_type").text()), "padding");
        return with(x, 1, weight.shape().get(0));
    }

    private Type matmul() {
        Type x = type("x");
        Type y = type("y");
        require(x.shape().size() == 4 && y.shape().size() == 4 && x.element() == y.element(), "matmul of other types");
        require(constant("transpose_x").tensor().data()[0] == 0, "a transposed x");
        boolean turned = constant("transpose_y").tensor().data()[0] != 0;
        require(x.shape().subList(0, 2).equals(y.shape().subList(0, 2)), "matmul of unequal batches");
        require(x.shape().get(3).equals(y.shape().get(turned ? 3 : 2)), "matmul of " + x.shape() + " by " + y.shape());
        return with(x, 3, y.shape().get(turned ? 2 : 3));
    }

    private Type binary() {
        Type x = type("x");
        Type y = type("y");
        require(x.element() == y.element(), "operands of two types");
        int rank = Math.max(x.shape().size(), y.shape().size());
        List<Integer> shape = new ArrayList<>();
        for (int i = -rank; i < 0; i++) {
            int a = fromEnd(x, i);
            int b = fromEnd(y, i);
            require(a == b || a == 1 || b == 1, "operands of the shapes " + x.shape() + " and " + y.shape());
            shape.add(Math.max(a, b));
        }
        return new Type(x.element(), shape, false);
    }

    private static int fromEnd(Type type, int axis) {
        int at = type.shape().size() + axis;
        return at < 0 ? 1 : type.shape().get(at);
    }

    private Type concat() {
        List<Type> values =
                instruction.arguments().get("values").stream().map(this::type).toList();
        Type first = values.getFirst();
        int axis = ints("axis")[0];
        require(axis >= 0 && axis < first.shape().size(), "axis " + axis);
        int length = 0;
        for (Type value : values) {
            require(
                    value.element() == first.element() && with(value, axis, 1).equals(with(first, axis, 1)),
                    "concat of " + values);
            length += value.shape().get(axis);
        }
        return with(first, axis, length);
    }

    private Type slice() {
        Type x = type("x");
        int[] begin = ints("begin");
        int[] size = ints("size");
        require(begin.length == x.shape().size() && size.length == begin.length, "a slice of another rank");
        for (int i = 0; i < begin.length; i++) {
            require(
                    begin[i] >= 0
                            && size[i] > 0
                            && begin[i] + size[i] <= x.shape().get(i),
                    "a slice beyond " + x.shape());
        }
        return new Type(x.element(), Arrays.stream(size).boxed().toList(), false);
    }

    private Type reshape() {
        Type shaped = new Type(
                type("x").element(), Arrays.stream(ints("shape")).boxed().toList(), false);
        require(
                shaped.elements() == type("x").elements(),
                "a reshape from " + type("x").shape() + " to " + shaped.shape());
        return shaped;
    }

    private Type transpose() {
        Type x = type("x");
        int[] permutation = ints("perm");
        require(
                Arrays.equals(
                        Arrays.stream(permutation).sorted().toArray(),
                        java.util.stream.IntStream.range(0, x.shape().size()).toArray()),
                "a permutation " + Arrays.toString(permutation));
        List<Integer> shape =
                Arrays.stream(permutation).mapToObj(x.shape()::get).toList();
        return new Type(x.element(), shape, false);
    }

    private Type update() {
        Type x = type("x");
        Type update = type("update");
        require(
                update.element() == x.element()
                        && update.shape().size() == x.shape().size(),
                "an update of another kind");
        for (String corner : List.of("begin", "end")) {
            require(
                    type(corner).equals(new Type(Type.INT32, List.of(x.shape().size()), false)),
                    corner + " of type " + type(corner));
        }
        for (int i = 0; i < x.shape().size(); i++) {
            require(update.shape().get(i) <= x.shape().get(i), "an update larger than what it changes");
        }
        return x;
    }

    private int axis(String parameter) {
        int axis = ints(parameter)[0];
        int rank = type("x").shape().size();
        require(axis >= -rank && axis < rank, "axis " + axis);
        return axis < 0 ? axis + rank : axis;
    }

    private static Type with(Type type, int axis, int length) {
        List<Integer> shape = new ArrayList<>(type.shape());
        shape.set(axis, length);
        return new Type(type.element(), shape, false);
    }

    private Type type(String parameter) {
        return type(instruction.arguments().get(parameter).getFirst());
    }

    private Type type(Instruction.Binding binding) {
        return switch (binding) {
            case Instruction.Name(String name) -> types.get(name);
            case Instruction.Inline(Constant constant) -> constant.type();
        };
    }

    private Constant inline(String parameter) {
        require(
                instruction.arguments().get(parameter).getFirst() instanceof Instruction.Inline,
                parameter + " does not stand in place");
        return ((Instruction.Inline) instruction.arguments().get(parameter).getFirst()).constant();
    }

    private Constant constant(String parameter) {
        return constants.get(instruction.nameOf(parameter));
    }

    private int[] ints(String parameter) {
        Constant constant = constant(parameter);
        require(constant.type().element() == Type.INT32, parameter + " of type " + constant.type());
        return constant.tensor().ints();
    }

    private static void require(boolean condition, String problem) {
        if (!condition) {
            throw new IllegalArgumentException(problem);
        }
    }
}
