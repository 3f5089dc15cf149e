package bitnet.coreml.mil;

import java.util.List;

/**
 * Element type and fixed shape of a tensor.
 *
 * @param type of the elements
 * @param shape row-major; empty for a scalar
 */
public record TensorType(DataType type, List<Integer> shape) {
    /** Copies the list. */
    public TensorType {
        shape = List.copyOf(shape);
    }

    /** A type from its dimensions. */
    public static TensorType of(DataType type, int... shape) {
        return new TensorType(type, java.util.Arrays.stream(shape).boxed().toList());
    }

    /** A dimension. */
    public int dimension(int axis) {
        return shape.get(axis);
    }

    /** The product of the dimensions. */
    public long elements() {
        return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }

    /** As {@code ValueType}. */
    Protobuf message() {
        Protobuf tensor = new Protobuf().number(1, type.number()).number(2, shape.size());
        for (int dimension : shape) {
            tensor.message(3, new Protobuf().message(1, new Protobuf().number(1, dimension)));
        }
        return new Protobuf().message(1, tensor);
    }

    /** As the {@code ValueType} of a state that holds such a tensor. */
    Protobuf stateMessage() {
        return new Protobuf().message(5, new Protobuf().message(1, message()));
    }
}
