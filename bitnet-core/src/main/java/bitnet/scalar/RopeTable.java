package bitnet.scalar;

import bitnet.model.Rope;
import java.util.ArrayList;
import java.util.List;

/**
 * Cosines and sines of the rotary position embedding. They come from {@link StrictMath}, which gives the same bits on every
 * machine; backends copy them. Grows by {@value #PAGE} positions where needed; not thread-safe.
 */
public final class RopeTable {
    /** Positions of a page. */
    public static final int PAGE = 64;

    private final Rope rope;
    private final int half;
    private final List<float[]> pages = new ArrayList<>();

    /** A table for heads of twice as many dimensions as there are angles. */
    public RopeTable(Rope rope) {
        this.rope = rope;
        half = rope.inverseFrequencies().length;
    }

    /** The page of a position. Its rows are those of {@link #rows}. */
    public float[] page(int position) {
        while (pages.size() <= position / PAGE) {
            pages.add(rows(rope, pages.size() * PAGE, PAGE));
        }
        return pages.get(position / PAGE);
    }

    /** Where the row of a position begins in its page. */
    public int rowFrom(int position) {
        return position % PAGE * 2 * half;
    }

    /** Bytes of the pages. */
    public long memoryBytes() {
        return (long) pages.size() * PAGE * 2 * half * Float.BYTES;
    }

    /** {@code count} rows from {@code position} on: all cosines of the position, then all sines. */
    public static float[] rows(Rope rope, int position, int count) {
        float[] inverseFrequencies = rope.inverseFrequencies();
        double magnitude = rope.magnitude();
        int half = inverseFrequencies.length;
        float[] rows = new float[count * 2 * half];
        for (int row = 0; row < count; row++) {
            int at = row * 2 * half;
            for (int i = 0; i < half; i++) {
                float angle = (float) (position + row) * inverseFrequencies[i];
                rows[at + i] = (float) (StrictMath.cos(angle) * magnitude);
                rows[at + half + i] = (float) (StrictMath.sin(angle) * magnitude);
            }
        }
        return rows;
    }
}
