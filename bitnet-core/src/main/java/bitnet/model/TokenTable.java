package bitnet.model;

/** A matrix with one row a token: an embedding or a head. */
public sealed interface TokenTable permits FloatTable, TernaryTable {
    /** The tensor's name in its file. */
    String name();

    /** Tokens. */
    int rows();

    /** The model's width. */
    int columns();
}
