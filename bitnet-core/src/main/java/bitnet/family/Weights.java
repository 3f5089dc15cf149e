package bitnet.family;

import bitnet.model.TernaryTensor;
import bitnet.model.TokenTable;

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
     * An embedding or a head.
     *
     * @throws bitnet.ModelFormatException if it is missing or misshapen
     * @throws bitnet.ModelUnsupportedException if it is of a type that tables do not have
     */
    TokenTable table(String name, int rows, int columns);
}
