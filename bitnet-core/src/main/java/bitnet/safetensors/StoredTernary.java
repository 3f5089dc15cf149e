package bitnet.safetensors;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.model.TernaryTensor;
import bitnet.tensor.FloatRows;
import bitnet.tensor.PackedUint8Rows;
import bitnet.tensor.TernaryConversion;
import bitnet.tensor.TernaryRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * A linear layer's weights in a checkpoint.
 *
 * @param scale what the file says that the weights are multiplied by; 1 where it says nothing
 */
record StoredTernary(StoredTensor tensor, Form form, int rows, int columns, float scale) implements TernaryTensor {
    /** How the weights are stored. */
    enum Form {
        /** Two bits a weight, four rows to a byte. */
        PACKED,
        /** Floats that are ternary already. */
        TERNARY,
        /** The floats that training went on with, to be quantised as in its forward pass. */
        MASTER
    }

    /** The weights {@code name} of a checkpoint, with their scale. */
    static StoredTernary of(Checkpoint checkpoint, String name, Quantization quantization, int rows, int columns) {
        StoredTensor tensor = checkpoint.find(name);
        if (tensor != null && tensor.dtype() == Dtype.U8) {
            if (quantization.online()) {
                throw new ModelUnsupportedException(
                        tensor.source(),
                        name + " is packed, but config.json has no quantization_config that says what its scale means");
            }
            if (rows % 4 != 0) {
                throw new ModelFormatException(
                        tensor.source(), name, "packed, but its " + rows + " rows are not a multiple of 4");
            }
            checkpoint.tensor(name, rows / 4, columns);
            return new StoredTernary(tensor, Form.PACKED, rows, columns, scale(checkpoint, name, quantization));
        }
        StoredTensor floats = checkpoint.tensor(name, rows, columns);
        FloatTensors.elementType(floats);
        if (quantization.online()) {
            return new StoredTernary(floats, Form.MASTER, rows, columns, 1);
        }
        float scale = checkpoint.has(name + "_scale") ? scale(checkpoint, name, quantization) : 1;
        return new StoredTernary(floats, Form.TERNARY, rows, columns, scale);
    }

    private static float scale(Checkpoint checkpoint, String name, Quantization quantization) {
        StoredTensor tensor = checkpoint.find(name + "_scale");
        if (tensor == null) {
            throw new ModelFormatException(checkpoint.source(), name + "_scale", "missing");
        }
        float stored = FloatTensors.scalar(tensor);
        float scale = quantization.divides() ? 1 / stored : stored;
        if (!Float.isFinite(scale)) {
            throw new ModelFormatException(
                    tensor.source(), tensor.name(), "is " + stored + ", and outputs are divided by it");
        }
        return scale;
    }

    @Override
    public String name() {
        return tensor.name();
    }

    @Override
    public Packed pack(SegmentAllocator allocator) {
        try (Arena reading = Arena.ofShared()) {
            MemorySegment data = tensor.data().load(reading);
            return switch (form) {
                case PACKED -> packed(new PackedUint8Rows(data, rows, columns), scale, allocator);
                case TERNARY -> {
                    var weights = FloatRows.ternary(FloatTensors.elementType(tensor), data, rows, columns);
                    yield packed(weights, weights.scale() * scale, allocator);
                }
                case MASTER -> {
                    var weights = FloatRows.absmean(FloatTensors.elementType(tensor), data, rows, columns);
                    yield packed(weights, weights.scale(), allocator);
                }
            };
        }
    }

    private Packed packed(TernaryRows weights, float scale, SegmentAllocator allocator) {
        if (!Float.isFinite(scale)) {
            throw new ModelFormatException(tensor.source(), tensor.name(), "the scale of the weights is " + scale);
        }
        MemorySegment codes = TernaryConversion.pack(weights, allocator);
        long invalid = TernaryConversion.firstInvalid(codes);
        if (invalid >= 0) {
            long row = invalid / (codes.byteSize() / rows);
            if (form == Form.TERNARY) {
                throw new ModelUnsupportedException(
                        tensor.source(),
                        tensor.name() + ": row " + row + " has a weight that is not -s, 0 or s: a float model, or one"
                                + " whose quantization_config does not say how it was trained; bitnet runs ternary models");
            }
            throw new ModelFormatException(
                    tensor.source(), tensor.name(), "row " + row + " has a weight that is not ternary");
        }
        return new Packed(codes.asReadOnly(), scale);
    }
}
