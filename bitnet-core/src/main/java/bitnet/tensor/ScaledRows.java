package bitnet.tensor;

/** A ternary matrix whose scales belong to groups of neighbours of a row. Codes 0 to 3 are -1 to +2. */
public interface ScaledRows extends TernaryRows {
    /** Columns of a group; divides the columns. */
    int groupColumns();

    /** The scale of a group of a row, as F16. */
    short scale(int row, int group);
}
