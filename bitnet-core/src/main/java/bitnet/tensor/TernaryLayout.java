package bitnet.tensor;

/**
 * The canonical layout of ternary weights at the border between files and backends: rows of blocks of 128 weights in 32
 * bytes, where byte {@code p} of a block holds the codes of weights {@code p, p+32, p+64, p+96} at shifts 6, 4, 2, 0.
 * Codes 0, 1, 2 mean -1, 0, +1; code 3 does not occur. A row whose length is not a multiple of 128 is padded with zeros
 * (code 1) to a whole block. Where it is a multiple, this is bit for bit the I2_S layout of x86 builds of bitnet.cpp.
 */
public final class TernaryLayout {
    /** Weights of a block. */
    public static final int BLOCK_WEIGHTS = 128;
    /** Bytes of a block. */
    public static final int BLOCK_BYTES = 32;
    /** Four zero weights. */
    public static final byte ZEROS = 0x55;

    private TernaryLayout() {}

    /** Bytes of a row of {@code columns} weights. */
    public static long rowBytes(int columns) {
        return (columns + (BLOCK_WEIGHTS - 1L)) / BLOCK_WEIGHTS * BLOCK_BYTES;
    }

    /** Where in its row the byte of weight {@code column} lies. */
    public static int byteOf(int column) {
        return column / BLOCK_WEIGHTS * BLOCK_BYTES + column % BLOCK_BYTES;
    }

    /** By how much to shift that byte to have the code in the two lowest bits. */
    public static int shiftOf(int column) {
        return 6 - column % BLOCK_WEIGHTS / BLOCK_BYTES * 2;
    }
}
