package bitnet.coreml.artifact;

import java.util.List;

/**
 * An input, an output or a state of a function.
 *
 * @param name as the package names it
 * @param type of its elements
 * @param shape row-major, fixed; every dimension at least 1
 */
public record Feature(String name, FeatureType type, List<Integer> shape) {
    /** @throws IllegalArgumentException if a dimension is not positive or there are 2^31 elements or more */
    public Feature {
        shape = List.copyOf(shape);
        long elements = 1;
        for (int dimension : shape) {
            elements *= dimension;
            if (dimension < 1 || elements > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(name + " has the shape " + shape);
            }
        }
    }

    /** The product of the dimensions. */
    public int elements() {
        return shape.stream().reduce(1, (a, b) -> a * b);
    }

    /** Bytes of all elements. */
    public long bytes() {
        return (long) elements() * type.bytes();
    }
}
