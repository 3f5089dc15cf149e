package bitnet.engine;

/**
 * How long a step takes by its rows, as measured. What was not measured is read from the straight line between its
 * neighbours, which starts at no time for no rows. Other work of the machine only ever makes a step longer, so a shorter
 * time is believed sooner than a longer one. Not thread-safe.
 */
final class StepTimes {
    private static final double FALL = 0.5;
    private static final double RISE = 0.125;

    // by rows, in nanoseconds; 0 where nothing was measured
    private final double[] nanos;

    /** For steps of up to this many rows. */
    StepTimes(int maxRows) {
        nanos = new double[maxRows + 1];
    }

    /** Takes a measurement. */
    void measured(int rows, double time) {
        double known = nanos[rows];
        double taken = Math.max(1, time);
        nanos[rows] = known == 0 ? taken : known + (taken - known) * (taken < known ? FALL : RISE);
    }

    /** Whether a step of exactly these rows was measured. */
    boolean isMeasured(int rows) {
        return nanos[rows] > 0;
    }

    /** The nanoseconds of a step; 0 if nothing was measured. */
    double of(int rows) {
        int below = rows;
        while (below > 0 && nanos[below] == 0) {
            below--;
        }
        int above = rows;
        while (above < nanos.length && nanos[above] == 0) {
            above++;
        }
        if (above == nanos.length) {
            return below == 0 ? 0 : nanos[below] / below * rows;
        }
        return below == above
                ? nanos[rows]
                : nanos[below] + (nanos[above] - nanos[below]) * (rows - below) / (above - below);
    }

    /** The most rows that keep within a time, all smaller steps being within it too. */
    int within(double time) {
        int rows = 0;
        while (rows + 1 < nanos.length && of(rows + 1) <= time) {
            rows++;
        }
        return rows;
    }
}
