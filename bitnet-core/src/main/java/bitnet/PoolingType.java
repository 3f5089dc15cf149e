package bitnet;

/** How the vectors of a text's tokens become one vector. */
public enum PoolingType {
    /** The vector of the first token, called CLS, for models whose tokens see all others. */
    FIRST,
    /** The vector of the last token, the only one that has seen the whole text. */
    LAST,
    /** The mean of the vectors of all tokens. */
    MEAN
}
