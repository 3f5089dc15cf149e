package bitnet.coreml.artifact;

/** How the rows of the head are stored in its packages. */
public enum HeadType {
    /** Palettes of 64 values, one for each part of the head: 6 bits a weight. */
    LUT6,
    /** Palettes of 256 values, one for each part of the head: 8 bits a weight. */
    LUT8,
    /** F16: 16 bits a weight. */
    FP16
}
