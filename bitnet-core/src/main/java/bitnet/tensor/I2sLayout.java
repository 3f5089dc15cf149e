package bitnet.tensor;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The three layouts of I2_S, ggml type 36 of bitnet.cpp. Which of them a file has depends on the machine that quantised
 * it; the file does not say. In all of them the codes 0, 1, 2 mean -1, 0, +1, and {@code rows * columns / 4} bytes of codes
 * are followed by the scale of the whole tensor as F32 and by 28 bytes without meaning.
 */
public enum I2sLayout {
    /**
     * Builds for x86, and the published files: all rows as one array, cut into runs of 128. Byte {@code p} of a run holds
     * weights {@code p, p+32, p+64, p+96} at shifts 6, 4, 2, 0.
     */
    X86,
    /** Builds for ARM: runs of 64 in 16 bytes. Byte {@code p} holds weights {@code p, p+16, p+32, p+48} at shifts 6, 4, 2, 0. */
    ARM,
    /** Builds for x86 without {@code ACT_PARALLEL}: byte {@code c} of four rows holds their weights of column {@code c} at shifts 6, 4, 2, 0. */
    FOUR_ROWS;

    /** Why a matrix of this shape cannot have this layout, or null if it can. */
    public @Nullable String obstacle(int rows, int columns) {
        long weights = (long) rows * columns;
        return switch (this) {
            case X86 -> weights % 128 == 0 ? null : weights + " weights are not a whole number of runs of 128";
            case ARM -> weights % 64 == 0 ? null : weights + " weights are not a whole number of runs of 64";
            case FOUR_ROWS -> rows % 4 == 0 ? null : rows + " rows are not a whole number of groups of four";
        };
    }

    /**
     * A matrix in this layout.
     *
     * @param codes {@code rows * columns / 4} bytes
     * @throws IllegalArgumentException if there is an {@link #obstacle} or {@code codes} has another size
     */
    public TernaryRows rows(MemorySegment codes, int rows, int columns) {
        String obstacle = obstacle(rows, columns);
        if (obstacle != null) {
            throw new IllegalArgumentException(obstacle);
        }
        if (codes.byteSize() != (long) rows * columns / 4) {
            throw new IllegalArgumentException(codes.byteSize() + " bytes of codes for " + rows + " x " + columns);
        }
        return switch (this) {
            case X86 -> new I2sRuns(codes, rows, columns, 128);
            case ARM -> new I2sRuns(codes, rows, columns, 64);
            case FOUR_ROWS -> new I2sFourRows(codes, rows, columns);
        };
    }
}
