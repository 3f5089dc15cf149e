package bitnet.family;

import bitnet.model.FloatTable;
import bitnet.model.HadamardRotation;
import bitnet.model.TernaryTensor;
import bitnet.model.TokenTable;
import org.jspecify.annotations.Nullable;

/** The tensors of a file or a directory, as its container reads them. A tensor that was asked for has its place in the model. */
public interface Weights {
    /** Whether there is such a tensor. */
    boolean has(String name);

    /**
     * The weights of a norm: finite, and not all zero.
     *
     * @param aroundOne whether the file has what they differ from 1 by
     * @throws bitnet.ModelFormatException if it is missing, has another width, an element that is not finite, or zeros alone
     */
    float[] norm(String name, int width, boolean aroundOne);

    /**
     * A projection.
     *
     * @param rotated whether its rows are dimensions that RoPE turns, which some files keep in another order
     * @throws bitnet.ModelFormatException if it is missing or misshapen
     * @throws bitnet.ModelUnsupportedException if it is not ternary
     */
    TernaryTensor matrix(String name, int rows, int columns, boolean rotated);

    /**
     * Some rows of a projection.
     *
     * @param rows that the tensor has
     * @param order which of them, in the order in which they are wanted
     * @throws bitnet.ModelFormatException if it is missing or misshapen
     * @throws bitnet.ModelUnsupportedException if it is not ternary
     */
    default TernaryTensor rows(String name, int rows, int columns, int[] order) {
        throw new UnsupportedOperationException(name);
    }

    /**
     * A small float matrix.
     *
     * @throws bitnet.ModelFormatException if it is missing or misshapen
     * @throws bitnet.ModelUnsupportedException if it is of a type that such do not have
     */
    default FloatTable floats(String name, int rows, int columns) {
        throw new UnsupportedOperationException(name);
    }

    /**
     * Finite floats of a matrix, row by row, or of a vector if there is one row.
     *
     * @throws bitnet.ModelFormatException if it is missing or misshapen, or an element is not finite
     */
    default float[] values(String name, int rows, int columns) {
        throw new UnsupportedOperationException(name);
    }

    /**
     * What gated DeltaNet's forgetting is multiplied by: finite, and not positive.
     *
     * @throws bitnet.ModelFormatException if it is missing or misshapen, or an element is positive or not finite
     */
    default float[] decay(String name, int width) {
        throw new UnsupportedOperationException(name);
    }

    /** A rotation that the inputs of a projection or a head have to go through; null where there is none. */
    default @Nullable HadamardRotation rotation(String name) {
        return null;
    }

    /** A rotation whose inverse the rows of an embedding have to go through; null where there is none. */
    default @Nullable HadamardRotation inverseRotation(String name) {
        return null;
    }

    /**
     * An embedding or a head.
     *
     * @throws bitnet.ModelFormatException if it is missing or misshapen
     * @throws bitnet.ModelUnsupportedException if it is of a type that tables do not have
     */
    TokenTable table(String name, int rows, int columns);
}
