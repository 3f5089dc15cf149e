package bitnet.coreml.artifact;

/** What a package computes. */
public enum Role {
    /** A run of transformer blocks: residual stream in, residual stream out, keys and values as state. */
    BLOCKS,
    /** The output norm and a run of rows of the head: residual stream in, logits out. */
    HEAD
}
