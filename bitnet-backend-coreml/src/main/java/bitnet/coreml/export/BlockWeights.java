package bitnet.coreml.export;

import bitnet.ModelUnsupportedException;
import bitnet.coreml.mil.DataType;
import bitnet.coreml.mil.Literal;
import bitnet.coreml.mil.TensorType;
import bitnet.coreml.mlpackage.WeightFile;
import bitnet.model.TernaryTensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.IdentityHashMap;

/** The tensors of some blocks in a weight file, each once, whatever number of functions uses it. */
final class BlockWeights {
    private static final int PIECE_BYTES = 1 << 20;

    private final WeightFile file;
    private final IdentityHashMap<TernaryTensor, Ternary> matrices = new IdentityHashMap<>();
    private final IdentityHashMap<float[], Literal.Stored> gains = new IdentityHashMap<>();

    /**
     * A matrix.
     *
     * @param indices its codes, {@code (rows, columns, 1, 1)}
     * @param scale of the codes
     */
    record Ternary(Literal.Stored indices, float scale) {}

    BlockWeights(WeightFile file) {
        this.file = file;
    }

    /** The matrix, written at the first call. */
    Ternary ternary(TernaryTensor tensor) {
        return matrices.computeIfAbsent(tensor, this::write);
    }

    /** The weights of a norm, {@code (1, width, 1, 1)}, written at the first call. */
    Literal.Stored gain(float[] weights) {
        return gains.computeIfAbsent(weights, values -> {
            try {
                return file.addHalves(TensorType.of(DataType.FLOAT16, 1, values.length, 1, 1), values);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private Ternary write(TernaryTensor tensor) {
        int columns = tensor.columns();
        if (columns % 4 != 0) {
            throw new ModelUnsupportedException(
                    tensor.name(), columns + " columns are not a multiple of 4, and rows of packages are not padded");
        }
        TensorType type = TensorType.of(DataType.UINT2, tensor.rows(), columns, 1, 1);
        int rows = Math.max(1, PIECE_BYTES / (columns / 4));
        ByteBuffer piece = ByteBuffer.allocate(rows * columns / 4);
        try (Arena arena = Arena.ofShared()) {
            TernaryTensor.Packed packed = tensor.pack(arena);
            Literal.Stored indices = file.add(type, sink -> {
                for (int row = 0; row < tensor.rows(); row += rows) {
                    int end = Math.min(row + rows, tensor.rows());
                    SequentialCodes.append(packed.codes(), columns, row, end, piece.clear());
                    sink.write(piece.flip());
                }
            });
            return new Ternary(indices, packed.scale());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
