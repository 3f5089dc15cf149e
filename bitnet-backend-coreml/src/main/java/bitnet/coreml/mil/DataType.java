package bitnet.coreml.mil;

/** Element types of tensors, with their numbers in programs ({@code MILSpec.DataType}). */
public enum DataType {
    /** Truth values. */
    BOOL(1),
    /** Text. */
    STRING(2),
    /** IEEE binary16. */
    FLOAT16(10),
    /** Signed 32-bit integers. */
    INT32(23),
    /** Indices of palettes of 256 values. */
    UINT8(31),
    /** Indices of palettes of 4 values. */
    UINT2(36),
    /** Indices of palettes of 64 values. */
    UINT6(38);

    private final int number;

    DataType(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
