package bitnet.model;

/**
 * A ternary matrix as an embedding or a head.
 *
 * @param tensor one row a token, with scales of groups
 */
public record TernaryTable(TernaryTensor tensor) implements TokenTable {
    /** @throws IllegalArgumentException if the tensor has one scale for all */
    public TernaryTable {
        if (tensor.granularity() == ScaleGranularity.TENSOR) {
            throw new IllegalArgumentException(tensor.name() + " has no scales of groups");
        }
    }

    @Override
    public String name() {
        return tensor.name();
    }

    @Override
    public int rows() {
        return tensor.rows();
    }

    @Override
    public int columns() {
        return tensor.columns();
    }
}
