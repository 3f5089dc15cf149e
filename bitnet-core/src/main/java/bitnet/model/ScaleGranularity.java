package bitnet.model;

/** Which weights of a ternary matrix share a scale. */
public enum ScaleGranularity {
    /** All of them. */
    TENSOR(0),
    /** 128 neighbours of a row. */
    GROUP_128(128),
    /** 64 neighbours of a row. */
    GROUP_64(64);

    private final int columns;

    ScaleGranularity(int columns) {
        this.columns = columns;
    }

    /** Columns of a group; 0 for {@link #TENSOR}, which has no groups. */
    public int columns() {
        return columns;
    }

    /** Groups of a row of so many weights, of which the last may be short; 0 for {@link #TENSOR}. */
    public int groups(int rowColumns) {
        return columns == 0 ? 0 : Math.ceilDiv(rowColumns, columns);
    }

    /** The precision of the activations that matrices of such scales are multiplied by. */
    public ActivationPrecision activations() {
        return this == TENSOR ? ActivationPrecision.INT8_PER_TOKEN : ActivationPrecision.WIDE_PER_TOKEN;
    }
}
