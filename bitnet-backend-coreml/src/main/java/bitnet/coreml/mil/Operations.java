package bitnet.coreml.mil;

import bitnet.coreml.artifact.Feature;
import java.util.ArrayList;
import java.util.List;

/**
 * The operations that exported programs are made of, with the shapes of their results. Their parameters are those of the
 * iOS 18 opset in coremltools; all but those of {@code constexpr} operations are values of their own, as coremltools writes
 * them.
 */
public final class Operations {
    private final FunctionBuilder function;

    /** Appends to a function. */
    public Operations(FunctionBuilder function) {
        this.function = function;
    }

    /** A palette's values at the indices: a weight, unpacked by Core ML when and where it chooses. */
    public Var lookUp(String hint, Literal.Stored indices, Literal palette) {
        TensorType result = new TensorType(DataType.FLOAT16, indices.type().shape());
        return function.operation(
                "constexpr_lut_to_dense",
                hint,
                result,
                new Argument.Inline("indices", indices),
                new Argument.Inline("lut", palette));
    }

    /** A constant. */
    public Var constant(String hint, Literal value) {
        return function.constant(hint, value);
    }

    /** A 1 x 1 convolution: the matrix {@code weight}, {@code (outputs, inputs, 1, 1)}, times each column of {@code x}. */
    public Var conv(String hint, Var x, Var weight) {
        return function.operation(
                "conv",
                hint,
                half(1, weight.dimension(0), 1, x.dimension(3)),
                Argument.of("x", x),
                Argument.of("weight", weight),
                Argument.of("strides", constant("ones", Literal.integers(1, 1))),
                Argument.of("pad_type", constant("valid", Literal.text("valid"))),
                Argument.of("pad", constant("zeros", Literal.integers(0, 0, 0, 0))),
                Argument.of("dilations", constant("ones", Literal.integers(1, 1))),
                Argument.of("groups", constant("one", Literal.integer(1))));
    }

    /** {@code x * y}; dimensions of 1 stretch. */
    public Var mul(Var x, Var y) {
        return binary("mul", x, y);
    }

    /** {@code x + y}; dimensions of 1 stretch. */
    public Var add(Var x, Var y) {
        return binary("add", x, y);
    }

    /** {@code x / y}; dimensions of 1 stretch. */
    public Var divide(Var x, Var y) {
        return binary("real_div", x, y);
    }

    /** The larger of the two; dimensions of 1 stretch. */
    public Var maximum(Var x, Var y) {
        return binary("maximum", x, y);
    }

    /** {@code max(x, 0)}. */
    public Var relu(Var x) {
        return unary("relu", x);
    }

    /** {@code x * sigmoid(x)}. */
    public Var silu(Var x) {
        return unary("silu", x);
    }

    /** The magnitude. */
    public Var abs(Var x) {
        return unary("abs", x);
    }

    /** The nearest whole number. */
    public Var round(Var x) {
        return unary("round", x);
    }

    /** The largest along an axis, which stays as a dimension of 1. */
    public Var reduceMax(Var x, int axis) {
        return function.operation(
                "reduce_max",
                "largest",
                with(x.type(), axis, 1),
                Argument.of("x", x),
                Argument.of("axes", constant("axes", Literal.integers(axis))),
                Argument.of("keep_dims", constant("true", Literal.bool(true))));
    }

    /** {@code (x - mean) / sqrt(variance + epsilon)} along an axis. */
    public Var layerNorm(Var x, int axis, float epsilon) {
        return function.operation(
                "layer_norm",
                "layer_norm",
                x.type(),
                Argument.of("x", x),
                Argument.of("axes", constant("axes", Literal.integers(axis))),
                Argument.of("epsilon", constant("epsilon", Literal.half(epsilon))));
    }

    /** {@code exp(x)} over its sum along an axis. */
    public Var softmax(Var x, int axis) {
        return function.operation(
                "softmax",
                "weights",
                x.type(),
                Argument.of("x", x),
                Argument.of("axis", constant("axis", Literal.integer(axis))));
    }

    /** Products of the last two dimensions: {@code x y}, or {@code x} times {@code y} transposed. */
    public Var matmul(String hint, Var x, Var y, boolean transposeY) {
        int columns = y.dimension(transposeY ? 2 : 3);
        return function.operation(
                "matmul",
                hint,
                with(x.type(), 3, columns),
                Argument.of("x", x),
                Argument.of("y", y),
                Argument.of("transpose_x", constant("false", Literal.bool(false))),
                Argument.of("transpose_y", constant(transposeY ? "true" : "false", Literal.bool(transposeY))));
    }

    /** One behind the other along an axis. */
    public Var concat(int axis, Var... values) {
        int length = 0;
        for (Var value : values) {
            length += value.dimension(axis);
        }
        return function.operation(
                "concat",
                "concat",
                with(values[0].type(), axis, length),
                Argument.of("values", values),
                Argument.of("axis", constant("axis", Literal.integer(axis))),
                Argument.of("interleave", constant("false", Literal.bool(false))));
    }

    /** The part from {@code begin} on, {@code size} long in each dimension. */
    public Var slice(Var x, int[] begin, int... size) {
        return function.operation(
                "slice_by_size",
                "slice",
                TensorType.of(x.type().type(), size),
                Argument.of("x", x),
                Argument.of("begin", constant("begin", Literal.integers(begin))),
                Argument.of("size", constant("size", Literal.integers(size))));
    }

    /** The same elements in another shape. */
    public Var reshape(Var x, int... shape) {
        return function.operation(
                "reshape",
                "reshape",
                TensorType.of(x.type().type(), shape),
                Argument.of("x", x),
                Argument.of("shape", constant("shape", Literal.integers(shape))));
    }

    /** The last two of four dimensions, or any others, exchanged. */
    public Var transpose(Var x, int... permutation) {
        int[] shape = new int[permutation.length];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = x.dimension(permutation[i]);
        }
        return function.operation(
                "transpose",
                "transpose",
                TensorType.of(x.type().type(), shape),
                Argument.of("x", x),
                Argument.of("perm", constant("perm", Literal.integers(permutation))));
    }

    /** What a state holds. */
    public Var readState(Feature state) {
        return function.operation(
                "read_state",
                state.name() + "_read",
                new TensorType(DataType.FLOAT16, state.shape()),
                new Argument.State("input", state.name()));
    }

    /** Replaces what a state holds. */
    public void writeState(Feature state, Var value) {
        function.effect("write_state", new Argument.State("input", state.name()), Argument.of("data", value));
    }

    /** {@code x} with {@code update} in place of what is there from {@code begin} to {@code end}, two vectors. */
    public Var sliceUpdate(Var x, Var update, Var begin, Var end) {
        return function.operation(
                "slice_update",
                "updated",
                x.type(),
                Argument.of("x", x),
                Argument.of("update", update),
                Argument.of("begin", begin),
                Argument.of("end", end));
    }

    private Var unary(String type, Var x) {
        return function.operation(type, type, x.type(), Argument.of("x", x));
    }

    private Var binary(String type, Var x, Var y) {
        List<Integer> shape = new ArrayList<>();
        int rank = Math.max(x.type().shape().size(), y.type().shape().size());
        for (int i = -rank; i < 0; i++) {
            shape.add(Math.max(fromEnd(x, i), fromEnd(y, i)));
        }
        return function.operation(
                type, type, new TensorType(x.type().type(), shape), Argument.of("x", x), Argument.of("y", y));
    }

    private static int fromEnd(Var x, int axis) {
        int at = x.type().shape().size() + axis;
        return at < 0 ? 1 : x.dimension(at);
    }

    private static TensorType half(int... shape) {
        return TensorType.of(DataType.FLOAT16, shape);
    }

    private static TensorType with(TensorType type, int axis, int length) {
        List<Integer> shape = new ArrayList<>(type.shape());
        shape.set(axis, length);
        return new TensorType(type.type(), shape);
    }
}
