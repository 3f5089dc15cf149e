package bitnet.tensor;

/**
 * How the elements of a float tensor (an embedding, a head, a norm) are stored. All are little-endian; block types are
 * laid out as in ggml ({@code ggml-common.h}). Every one of them converts to float exactly, so the order in which a
 * kernel multiplies a block's scale and quant does not matter.
 */
public enum ElementType {
    F32(1, 4),
    F16(1, 2),
    BF16(1, 2),
    /** 32 elements: F16 scale, 32 int8. */
    Q8_0(32, 34),
    /** 256 elements: 128 low nibbles, 64 high pairs, 16 int8 scales, F16 scale. */
    Q6_K(256, 210),
    /** 32 elements: F16 scale, 4 bytes of fifth bits, 16 bytes of nibbles. */
    Q5_0(32, 22),
    /** 32 elements: F16 scale, 16 bytes of nibbles. */
    Q4_0(32, 18);

    private final int blockElements;
    private final int blockBytes;

    ElementType(int blockElements, int blockBytes) {
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /** Elements of a block; a row is a whole number of blocks. */
    public int blockElements() {
        return blockElements;
    }

    /** Bytes of a block. */
    public int blockBytes() {
        return blockBytes;
    }

    /**
     * Bytes of a row.
     *
     * @throws IllegalArgumentException if a row is not a whole number of blocks
     */
    public long rowBytes(int columns) {
        if (columns % blockElements != 0) {
            throw new IllegalArgumentException(
                    this + " rows are multiples of " + blockElements + " elements, not " + columns);
        }
        return (long) (columns / blockElements) * blockBytes;
    }
}
