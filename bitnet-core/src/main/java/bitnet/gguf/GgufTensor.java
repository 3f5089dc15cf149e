package bitnet.gguf;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * An entry of the tensor table.
 *
 * @param name such as {@code blk.0.attn_q.weight}
 * @param dimensions the contiguous one first: a matrix is {@code [columns, rows]}
 * @param typeId as in the file
 * @param offset of its data from the beginning of the file
 * @param bytes of its data, or -1 if the type is unknown or does not say
 */
public record GgufTensor(String name, List<Long> dimensions, int typeId, long offset, long bytes) {
    public GgufTensor {
        dimensions = List.copyOf(dimensions);
    }

    /** The type, if the id has a meaning that bitnet knows. */
    public Optional<GgufTensorType> type() {
        return GgufTensorType.of(typeId);
    }

    /** The name of the type, for people. */
    public String typeName() {
        return type().map(GgufTensorType::name).orElse("type " + Integer.toUnsignedString(typeId));
    }

    /** The product of the dimensions. */
    public long elements() {
        return dimensions.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    }

    /** The dimensions, for people: {@code 256 x 1024}. */
    public String shape() {
        return dimensions.isEmpty()
                ? "scalar"
                : dimensions.stream().map(String::valueOf).collect(Collectors.joining(" x "));
    }
}
