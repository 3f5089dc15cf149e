package bitnet.model;

/** What becomes of the normed residual of a token behind the last layer. */
public sealed interface Output permits Head, Pooling {}
