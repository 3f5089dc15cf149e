package bitnet.convert;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.gguf.GgufWriter;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTensor;
import bitnet.tensor.TernaryFormat;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A ternary matrix rewritten in a weight type.
 *
 * @param source the model's file, for messages
 * @param order the rows of the tensor in the order to write them
 */
record TernaryContent(String source, TernaryTensor tensor, WeightType type, TernaryFormat format, int[] order) {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** What follows the codes of an I2_S tensor: its scale, and nothing. */
    private static final int I2S_TAIL = 32;

    /** @throws ModelUnsupportedException if the type has no place for rows of this length, or for these scales */
    TernaryContent {
        if (tensor.columns() % format.blockWeights() != 0) {
            throw new ModelUnsupportedException(
                    source,
                    tensor.name() + " has rows of " + tensor.columns() + " weights, and " + type.label()
                            + " needs a multiple of " + format.blockWeights() + "; choose another type");
        }
        ScaleGranularity granularity = tensor.granularity();
        if (!type.holds(granularity)) {
            throw new ModelUnsupportedException(
                    source,
                    tensor.name() + " has "
                            + (granularity == ScaleGranularity.TENSOR
                                    ? "one scale, which goes with activations of 8 bits; readers multiply "
                                            + type.label() + " by more exact ones, so that answers would differ"
                                    : "a scale for every " + granularity.columns() + " weights of a row, and "
                                            + type.label() + " has no place for them")
                            + "; choose another type");
        }
    }

    /**
     * The whole tensor.
     *
     * @throws ModelUnsupportedException if there is a weight or a scale that the type has no form for
     */
    void write(GgufWriter.Output output) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            TernaryTensor.Packed packed = tensor.pack(arena);
            if (!format.holds(packed.codes())) {
                throw unsupported("has weights that " + type.label() + " has no form for; choose pq2_0 or q2_0");
            }
            long bytes = format.rowBytes(tensor.columns()) * tensor.rows();
            boolean tail = type == WeightType.I2_S;
            MemorySegment out = arena.allocate(bytes + (tail ? I2S_TAIL : 0), 64);
            MemorySegment blocks = out.asSlice(0, bytes);
            if (tensor.granularity() == ScaleGranularity.TENSOR) {
                requireScale(packed.scale());
                format.write(packed.codes(), packed.scale(), order, tensor.columns(), blocks);
            } else {
                int group = tensor.granularity().columns();
                requireOneScaleABlock(packed.groupScales(), group);
                format.write(packed.codes(), packed.groupScales(), group, order, tensor.columns(), blocks);
            }
            if (tail) {
                out.set(FLOAT, bytes, packed.scale());
            }
            output.write(out);
        }
    }

    /** A scale that half precision turns into 0 or infinity would ruin the tensor without a word. */
    private void requireScale(float scale) {
        float rounded = format.round(scale);
        if (!Float.isFinite(rounded) || (rounded == 0) != (scale == 0)) {
            throw new ModelFormatException(
                    source, tensor.name(), "its scale " + scale + " becomes " + rounded + " in " + type.label());
        }
    }

    /** Blocks of 256 weights have one scale for two groups of 128. */
    private void requireOneScaleABlock(MemorySegment scales, int groupColumns) {
        int each = format.blockWeights() / groupColumns;
        long count = scales.byteSize() / Short.BYTES;
        for (long first = 0; first < count && each > 1; first += each) {
            for (int i = 1; i < each; i++) {
                if (scales.getAtIndex(ValueLayout.JAVA_SHORT, first)
                        != scales.getAtIndex(ValueLayout.JAVA_SHORT, first + i)) {
                    throw unsupported("has scales that differ within " + format.blockWeights() + " weights in row "
                            + first / (count / tensor.rows()) + ", and " + type.label()
                            + " has one for them; choose pq2_0 or q2_0");
                }
            }
        }
    }

    private ModelUnsupportedException unsupported(String what) {
        return new ModelUnsupportedException(source, tensor.name() + " " + what);
    }
}
