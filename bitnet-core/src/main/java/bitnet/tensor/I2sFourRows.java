package bitnet.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/** I2_S with four rows in a byte ({@link I2sLayout#FOUR_ROWS}). */
record I2sFourRows(MemorySegment codes, int rows, int columns) implements TernaryRows {
    @Override
    public void pack(int row, MemorySegment out, long offset) {
        long from = (long) (row / 4) * columns;
        int shift = 6 - row % 4 * 2;
        int blocks = Math.ceilDiv(columns, TernaryLayout.BLOCK_WEIGHTS);
        for (int block = 0; block < blocks; block++) {
            for (int p = 0; p < TernaryLayout.BLOCK_BYTES; p++) {
                int packed = 0;
                for (int quarter = 0; quarter < 4; quarter++) {
                    int column = block * TernaryLayout.BLOCK_WEIGHTS + quarter * TernaryLayout.BLOCK_BYTES + p;
                    int code = column < columns ? (codes.get(JAVA_BYTE, from + column) >> shift) & 3 : 1;
                    packed = packed << 2 | code;
                }
                out.set(JAVA_BYTE, offset + (long) block * TernaryLayout.BLOCK_BYTES + p, (byte) packed);
            }
        }
    }
}
