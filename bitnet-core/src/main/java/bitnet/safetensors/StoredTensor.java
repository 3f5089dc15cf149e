package bitnet.safetensors;

import bitnet.tensor.StoredBytes;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A tensor as a safetensors file stores it: row-major, little-endian.
 *
 * @param source the file
 * @param name the tensor's name
 * @param dtype how elements are stored
 * @param shape dimensions, outermost first; a scalar has none
 * @param data the bytes, in memory not necessarily aligned
 */
public record StoredTensor(String source, String name, Dtype dtype, List<Long> shape, StoredBytes data) {
    public StoredTensor {
        shape = List.copyOf(shape);
    }

    /** Type and shape, such as {@code BF16 [2048, 256]}. */
    public String describe() {
        return dtype + shape.stream().map(String::valueOf).collect(Collectors.joining(", ", " [", "]"));
    }
}
