package bitnet.gguf;

import static bitnet.tensor.TernaryLayout.BLOCK_WEIGHTS;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.model.TernaryTensor;
import bitnet.tensor.AdjacentPairs;
import bitnet.tensor.Dequantize;
import bitnet.tensor.ElementType;
import bitnet.tensor.FloatRows;
import bitnet.tensor.I2sLayout;
import bitnet.tensor.TernaryConversion;
import bitnet.tensor.TernaryLayout;
import bitnet.tensor.TernaryRows;
import bitnet.tensor.TqRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A ternary matrix of a GGUF file.
 *
 * @param extraScale what the tensor's own scale is multiplied by: the value of its {@code .scale} tensor, or 1
 * @param pairedHeadDim dimensions of a head if rows are stored for rotary pairs of adjacent dimensions, else 0
 */
record GgufTernary(
        GgufFile file,
        GgufTensor tensor,
        int rows,
        int columns,
        I2sLayout i2sLayout,
        float extraScale,
        int pairedHeadDim)
        implements TernaryTensor {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    GgufTernary {
        requireSupported(file.source(), tensor);
        if (tensor.typeId() == GgufTensorType.I2_S.id()) {
            String obstacle = i2sLayout.obstacle(rows, columns);
            if (obstacle != null) {
                throw new ModelUnsupportedException(
                        file.source(), tensor.name() + ": not in the I2_S layout " + i2sLayout + ": " + obstacle);
            }
        }
    }

    @Override
    public String name() {
        return tensor.name();
    }

    @Override
    public Packed pack(SegmentAllocator allocator) {
        if (isCanonical()) {
            return i2s(file.data(tensor).slice(0, i2sBytes()).load(allocator));
        }
        try (Arena reading = Arena.ofShared()) {
            MemorySegment data = file.data(tensor).load(reading);
            GgufTensorType type = tensor.type().orElseThrow();
            return switch (type) {
                case I2_S -> {
                    MemorySegment stored = data.asSlice(0, i2sBytes());
                    yield i2s(convert(i2sLayout.rows(stored, rows, columns), allocator));
                }
                case TQ1_0 -> tq(TqRows.tq1(data, rows, columns), allocator);
                case TQ2_0 -> tq(TqRows.tq2(data, rows, columns), allocator);
                default -> floats(FloatRows.ternary(type.element().orElseThrow(), data, rows, columns), allocator);
            };
        }
    }

    /** Whether the codes of the file are what a backend gets. */
    private boolean isCanonical() {
        return tensor.typeId() == GgufTensorType.I2_S.id()
                && i2sLayout == I2sLayout.X86
                && columns % BLOCK_WEIGHTS == 0
                && pairedHeadDim == 0;
    }

    private long i2sBytes() {
        return (long) rows * columns / 4;
    }

    private Packed i2s(MemorySegment codes) {
        float scale = file.data(tensor).slice(i2sBytes(), Float.BYTES).copy().get(FLOAT, 0);
        return checked(codes, scale, "is the file cut short, or not I2_S in layout " + i2sLayout + "?");
    }

    private Packed tq(TqRows blocks, SegmentAllocator allocator) {
        var odd = blocks.oddBlock();
        if (odd.isPresent()) {
            throw new ModelUnsupportedException(
                    file.source(),
                    tensor.name() + ": block " + odd.getAsLong() + " has scale " + blocks.scale(odd.getAsLong())
                            + ", the blocks before it " + blocks.scale()
                            + "; BitNet models have one scale a tensor, this one was quantised from float weights");
        }
        return checked(convert(blocks, allocator), blocks.scale(), "the block is damaged");
    }

    private Packed floats(FloatRows weights, SegmentAllocator allocator) {
        requireScale(weights.scale());
        MemorySegment codes = convert(weights, allocator);
        if (TernaryConversion.firstInvalid(codes) >= 0) {
            throw new ModelUnsupportedException(
                    file.source(),
                    tensor.name() + ": weights of type " + tensor.typeName()
                            + " that are not ternary (-s, 0, s); this is not a"
                            + " BitNet model, or its master weights were stored unquantised: convert its Hugging Face"
                            + " checkpoint with bitnet convert");
        }
        return checked(codes, weights.scale(), "");
    }

    private MemorySegment convert(TernaryRows source, SegmentAllocator allocator) {
        TernaryRows ordered = pairedHeadDim == 0 ? source : new AdjacentPairs(source, pairedHeadDim);
        return TernaryConversion.pack(ordered, allocator);
    }

    private Packed checked(MemorySegment codes, float scale, String hint) {
        requireScale(scale * extraScale);
        long invalid = TernaryConversion.firstInvalid(codes);
        if (invalid >= 0) {
            throw new ModelFormatException(
                    file.source(),
                    tensor.name(),
                    "row " + invalid / TernaryLayout.rowBytes(columns) + " has a code 3, which no ternary weight has; "
                            + hint);
        }
        return new Packed(codes.asReadOnly(), scale * extraScale);
    }

    private void requireScale(float scale) {
        if (!Float.isFinite(scale)) {
            throw new ModelFormatException(file.source(), tensor.name(), "its scale is " + scale);
        }
    }

    /** Refuses types that are not ternary, and says what they are. */
    private static void requireSupported(String source, GgufTensor tensor) {
        GgufTensorType type = tensor.type().orElse(null);
        String what = tensor.name() + " is of " + tensor.typeName();
        switch (type) {
            case I2_S, TQ1_0, TQ2_0, F32, F16, BF16 -> {}
            case TL1, TL2 ->
                throw new ModelUnsupportedException(
                        source,
                        what + (type == GgufTensorType.TL2 ? " (or MXFP4, which has the same id elsewhere)" : "")
                                + ", bitnet.cpp's layout for kernels generated for one model and machine; convert the model's"
                                + " Hugging Face checkpoint with bitnet convert, or quantise it to I2_S with llama-quantize");
            case IQ1_BN, IQ2_BN, IQ2_BN_R4 ->
                throw new ModelUnsupportedException(
                        source,
                        what
                                + ", a type of ik_llama.cpp; convert the model's Hugging Face checkpoint with bitnet convert, or use"
                                + " an I2_S, TQ1_0 or TQ2_0 file");
            case null ->
                throw new ModelUnsupportedException(source, what + ", which this version of bitnet does not know");
            default ->
                throw new ModelUnsupportedException(
                        source,
                        what
                                + ", which bitnet does not read as ternary weights; it runs BitNet models as I2_S, TQ1_0, TQ2_0, or floats that"
                                + " are ternary");
        }
    }

    /** The value of a tensor of one float. */
    static float scalar(GgufFile file, GgufTensor tensor) {
        ElementType type = tensor.type().flatMap(GgufTensorType::element).orElse(null);
        if (tensor.elements() != 1 || type == null) {
            throw new ModelFormatException(
                    file.source(), tensor.name(), tensor.shape() + " of " + tensor.typeName() + ", not one number");
        }
        float[] value = new float[1];
        Dequantize.row(type, file.data(tensor).copy(), 0, 1, value);
        return value[0];
    }
}
