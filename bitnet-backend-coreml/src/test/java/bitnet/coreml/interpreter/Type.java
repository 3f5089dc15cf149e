package bitnet.coreml.interpreter;

import java.util.List;

/**
 * What is declared of a value.
 *
 * @param element number of the element type ({@code MILSpec.DataType})
 * @param shape fixed
 * @param state whether it is a state of such a tensor
 */
public record Type(int element, List<Integer> shape, boolean state) {
    public static final int BOOL = 1;
    public static final int STRING = 2;
    public static final int FLOAT16 = 10;
    public static final int FLOAT32 = 11;
    public static final int INT32 = 23;
    public static final int UINT8 = 31;
    public static final int UINT2 = 36;
    public static final int UINT6 = 38;

    /** From a {@code ValueType}. */
    static Type of(Message type) {
        if (type.has(5)) {
            Type wrapped = of(type.message(5).message(1));
            return new Type(wrapped.element, wrapped.shape, true);
        }
        Message tensor = type.message(1);
        List<Integer> shape = tensor.messages(3).stream()
                .map(dimension -> Math.toIntExact(dimension.message(1).number(1)))
                .toList();
        if (tensor.number(2) != shape.size()) {
            throw new IllegalArgumentException("rank " + tensor.number(2) + " for the shape " + shape);
        }
        return new Type((int) tensor.number(1), shape, false);
    }

    /** The product of the dimensions. */
    public int elements() {
        return shape.stream().reduce(1, Math::multiplyExact);
    }

    /** Of an element. */
    int bits() {
        return switch (element) {
            case UINT2 -> 2;
            case UINT6 -> 6;
            case UINT8, BOOL -> 8;
            case FLOAT16 -> 16;
            case FLOAT32, INT32 -> 32;
            default -> throw new IllegalArgumentException("element type " + element);
        };
    }
}
