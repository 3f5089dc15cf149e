package bitnet.cuda;

import bitnet.model.Rope;
import bitnet.scalar.RopeTable;
import java.lang.foreign.MemorySegment;

/** Cosines and sines on the device, {@code [position][headDim / 2]} each; filled as sequences grow, and never moved. */
final class RopeRows {
    private static final int STEP = 256;

    private final Rope rope;
    private final int half;
    private final Uploads uploads;
    private final int capacity;
    private final MemorySegment cosines;
    private final MemorySegment sines;
    private int filled;

    RopeRows(Gpu gpu, Uploads uploads, Rope rope, int capacity) {
        this.rope = rope;
        half = rope.inverseFrequencies().length;
        this.uploads = uploads;
        this.capacity = capacity;
        long bytes = (long) capacity * half * Float.BYTES;
        cosines = gpu.allocate(bytes, "the rope's table");
        sines = gpu.allocate(bytes, "the rope's table");
    }

    MemorySegment cosines() {
        return cosines;
    }

    MemorySegment sines() {
        return sines;
    }

    /** Makes sure of positions 0 to {@code positions} - 1, as far as there is room. */
    void reserve(int positions) {
        while (filled < Math.min(positions, capacity)) {
            int count = Math.min(STEP, capacity - filled);
            float[] rows = RopeTable.rows(rope, filled, count);
            float[] c = new float[count * half];
            float[] s = new float[count * half];
            for (int row = 0; row < count; row++) {
                System.arraycopy(rows, row * 2 * half, c, row * half, half);
                System.arraycopy(rows, row * 2 * half + half, s, row * half, half);
            }
            long at = (long) filled * half * Float.BYTES;
            uploads.upload(c, cosines.asSlice(at));
            uploads.upload(s, sines.asSlice(at));
            filled += count;
        }
    }
}
