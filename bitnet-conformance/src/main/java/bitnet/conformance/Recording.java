package bitnet.conformance;

import java.util.ArrayList;
import java.util.List;

/** What a scenario computed, in order, to be compared bit by bit with what another run of it computed. */
final class Recording {
    private final List<Entry> entries = new ArrayList<>();

    private record Entry(String what, int columns, float[] values) {}

    /** Keeps a copy of rows of {@code columns} values. */
    void add(String what, int columns, float[] values) {
        entries.add(new Entry(what, columns, values.clone()));
    }

    /** Keeps token ids. */
    void add(String what, int[] ids) {
        float[] values = new float[ids.length];
        for (int i = 0; i < ids.length; i++) {
            values[i] = ids[i]; // exact: no vocabulary has 2^24 tokens
        }
        add(what, ids.length, values);
    }

    /** @throws AssertionError at the first value that differs */
    void requireSame(Recording actual) {
        if (entries.isEmpty() || entries.size() != actual.entries.size()) {
            throw new AssertionError(actual.entries.size() + " results, not " + entries.size());
        }
        for (int i = 0; i < entries.size(); i++) {
            requireSame(entries.get(i), actual.entries.get(i));
        }
    }

    private static void requireSame(Entry expected, Entry actual) {
        if (expected.values.length != actual.values.length) {
            throw new AssertionError(
                    expected.what + ": " + actual.values.length + " values, not " + expected.values.length);
        }
        int wrong = 0;
        int first = -1;
        for (int i = 0; i < expected.values.length; i++) {
            // All NaN are one: which bits they have is the processor's affair.
            if (Float.floatToIntBits(expected.values[i]) != Float.floatToIntBits(actual.values[i])) {
                first = wrong++ == 0 ? i : first;
            }
        }
        if (wrong > 0) {
            throw new AssertionError(
                    "%s: %d of %d values differ; the first in row %d, element %d: %s (%s), expected %s (%s)"
                            .formatted(
                                    expected.what,
                                    wrong,
                                    expected.values.length,
                                    first / expected.columns,
                                    first % expected.columns,
                                    actual.values[first],
                                    Float.toHexString(actual.values[first]),
                                    expected.values[first],
                                    Float.toHexString(expected.values[first])));
        }
    }
}
