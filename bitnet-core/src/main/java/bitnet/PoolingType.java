package bitnet;

/** How the vectors of a text's tokens become one vector. */
public enum PoolingType {
    /** The first token's, called CLS: of models whose tokens see all others. */
    FIRST,
    /** The last token's: the only one that has seen the whole text. */
    LAST,
    /** The mean of all tokens. */
    MEAN
}
