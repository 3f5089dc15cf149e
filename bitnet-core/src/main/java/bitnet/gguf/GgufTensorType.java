package bitnet.gguf;

import bitnet.tensor.ElementType;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The tensor types of ggml and of the forks that run BitNet models, as far as they have been given a meaning. */
public enum GgufTensorType {
    F32(0, 1, 4, ElementType.F32),
    F16(1, 1, 2, ElementType.F16),
    Q4_0(2, 32, 18, ElementType.Q4_0),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22, ElementType.Q5_0),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34, ElementType.Q8_0),
    Q8_1(9, 32, 36),
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210, ElementType.Q6_K),
    Q8_K(15, 256, 292),
    IQ2_XXS(16, 256, 66),
    IQ2_XS(17, 256, 74),
    IQ3_XXS(18, 256, 98),
    IQ1_S(19, 256, 50),
    IQ4_NL(20, 32, 18),
    IQ3_S(21, 256, 110),
    IQ2_S(22, 256, 82),
    IQ4_XS(23, 256, 136),
    I8(24, 1, 1),
    I16(25, 1, 2),
    I32(26, 1, 4),
    I64(27, 1, 8),
    F64(28, 1, 8),
    IQ1_M(29, 256, 56),
    BF16(30, 1, 2, ElementType.BF16),
    TQ1_0(34, 256, 54),
    TQ2_0(35, 256, 66),
    /** bitnet.cpp: two bits a weight, then 32 bytes with the tensor's scale. */
    I2_S(36, 4, 1),
    /** bitnet.cpp: activations; not in files. */
    I8_S(37, 1, 1),
    /** bitnet.cpp on ARM: tiles of a kernel generated for one model. */
    TL1(38, 4, 1),
    /** bitnet.cpp on x86, likewise; the same id is MXFP4 in ggml. */
    TL2(39),
    NVFP4(40),
    /** Groups of 128 weights of one bit. */
    Q1_0(41, 128, 18),
    /** Groups of 64 weights of two bits; in older files of 128, see {@link TwoBitGroups}. */
    Q2_0(42, 64, 18),
    /** ik_llama.cpp. */
    IQ1_BN(134),
    /** ik_llama.cpp. */
    IQ2_BN(135),
    /** PrismML's fork of llama.cpp: groups of 128 weights of two bits. */
    PQ2_0(142, 128, 34),
    /** PrismML's fork of llama.cpp: groups of 128 weights in base 3. */
    PTQ1_0(143, 128, 28),
    /** ik_llama.cpp. */
    IQ2_BN_R4(335);

    private final int id;
    private final int blockElements;
    private final int blockBytes;
    private final @Nullable ElementType element;

    /** Of a size that the dimensions alone do not tell. */
    GgufTensorType(int id) {
        this(id, 0, 0, null);
    }

    GgufTensorType(int id, int blockElements, int blockBytes) {
        this(id, blockElements, blockBytes, null);
    }

    GgufTensorType(int id, int blockElements, int blockBytes, @Nullable ElementType element) {
        this.id = id;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
        this.element = element;
    }

    /** The id in the file. */
    public int id() {
        return id;
    }

    /** What it is as an element type, if bitnet reads it as floats. */
    public Optional<ElementType> element() {
        return Optional.ofNullable(element);
    }

    /** The type with this id. */
    public static Optional<GgufTensorType> of(int id) {
        for (GgufTensorType type : values()) {
            if (type.id == id) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    /** Elements that rows must be a multiple of; 1 where blocks run over the ends of rows or are not known. */
    int rowMultiple() {
        return blockElements == 0 || this == I2_S || this == TL1 ? 1 : blockElements;
    }

    /**
     * Bytes of a tensor, or -1 if only the program that wrote it knows.
     *
     * @throws ArithmeticException if they are more than 2^63 - 1
     */
    long bytes(long elements) {
        if (blockElements == 0) {
            return -1;
        }
        long bytes = Math.multiplyExact(Math.ceilDiv(elements, blockElements), blockBytes);
        return this == I2_S || this == TL1 ? Math.addExact(bytes, 32) : bytes;
    }
}
