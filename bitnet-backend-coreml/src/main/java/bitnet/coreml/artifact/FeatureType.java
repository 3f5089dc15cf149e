package bitnet.coreml.artifact;

/** The element type of an input, output or state, as Core ML's {@code MLMultiArrayDataType} names them. */
public enum FeatureType {
    /** Two bytes. */
    FLOAT16(2),
    /** Four bytes. */
    INT32(4);

    private final int bytes;

    FeatureType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of an element. */
    public int bytes() {
        return bytes;
    }
}
