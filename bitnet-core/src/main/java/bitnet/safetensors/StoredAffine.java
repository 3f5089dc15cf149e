package bitnet.safetensors;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTensor;
import bitnet.tensor.AffineRows;
import bitnet.tensor.GroupScales;
import bitnet.tensor.TernaryConversion;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A ternary matrix as MLX stores it: words of codes, and a scale and a bias for each group. It is ternary if every bias is minus
 * the scale, or minus half of it for codes of one bit.
 *
 * @param weight U32, rows by words
 * @param scales F16, rows by groups
 * @param biases F16, rows by groups
 * @param granularity of the model
 */
record StoredAffine(
        StoredTensor weight,
        StoredTensor scales,
        StoredTensor biases,
        Quantization.Affine affine,
        ScaleGranularity granularity,
        int rows,
        int columns)
        implements TernaryTensor {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The matrix {@code name}, which ends in {@code weight}. */
    static StoredAffine of(
            Checkpoint checkpoint,
            String name,
            Quantization.Affine affine,
            ScaleGranularity granularity,
            int rows,
            int columns) {
        if (columns % affine.groupSize() != 0) {
            throw new ModelFormatException(
                    checkpoint.source(),
                    name,
                    "rows of " + columns + " weights, which groups of " + affine.groupSize() + " do not divide");
        }
        String module = name.substring(0, name.length() - "weight".length());
        StoredTensor weight = checkpoint.tensor(name, rows, columns / 32L * affine.bits());
        long groups = columns / affine.groupSize();
        StoredTensor scales = checkpoint.tensor(module + "scales", rows, groups);
        StoredTensor biases = checkpoint.tensor(module + "biases", rows, groups);
        require(weight, Dtype.U32);
        require(scales, Dtype.F16);
        require(biases, Dtype.F16);
        return new StoredAffine(weight, scales, biases, affine, granularity, rows, columns);
    }

    private static void require(StoredTensor tensor, Dtype dtype) {
        if (tensor.dtype() != dtype) {
            throw new ModelUnsupportedException(
                    tensor.source(), tensor.name() + " is " + tensor.dtype() + "; " + dtype + " is supported here");
        }
    }

    @Override
    public String name() {
        return weight.name();
    }

    @Override
    public Packed pack(SegmentAllocator allocator) {
        try (Arena reading = Arena.ofShared()) {
            MemorySegment scale = scales.data().load(reading);
            requireTernary(scale, biases.data().load(reading));
            AffineRows stored = new AffineRows(
                    affine.bits(), weight.data().load(reading), scale, rows, columns, affine.groupSize());
            MemorySegment codes = TernaryConversion.pack(stored, allocator);
            MemorySegment groups = GroupScales.of(stored, granularity.columns(), allocator);
            return new Packed(codes.asReadOnly(), groups.asReadOnly());
        }
    }

    private void requireTernary(MemorySegment scale, MemorySegment bias) {
        long count = scale.byteSize() / Short.BYTES;
        for (long i = 0; i < count; i++) {
            float s = Float.float16ToFloat(scale.get(SHORT, i * Short.BYTES));
            float b = Float.float16ToFloat(bias.get(SHORT, i * Short.BYTES));
            if (!Float.isFinite(s)) {
                throw new ModelFormatException(
                        scales.source(), scales.name(), "row " + i / (count / rows) + " has the scale " + s);
            }
            if (b != (affine.bits() == 2 ? -s : -s / 2)) {
                throw new ModelUnsupportedException(
                        biases.source(),
                        biases.name() + ": row " + i / (count / rows) + " has the scale " + s + " and the bias " + b
                                + "; ternary weights have the bias " + (affine.bits() == 2 ? -s : -s / 2));
            }
        }
    }
}
