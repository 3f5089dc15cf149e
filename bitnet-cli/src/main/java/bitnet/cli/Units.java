package bitnet.cli;

import java.time.Duration;
import java.util.Locale;

/** Quantities for people. */
final class Units {
    private static final String[] BYTES = {"B", "kB", "MB", "GB", "TB"};

    private Units() {}

    /** Such as {@code 1.18 GB}; decimal, three digits. */
    static String bytes(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < BYTES.length - 1) {
            value /= 1000;
            unit++;
        }
        return unit == 0 ? bytes + " B" : digits(value) + " " + BYTES[unit];
    }

    /** Such as {@code 1.25 s} or {@code 36.0 ms}. */
    static String time(Duration time) {
        double seconds = time.toNanos() / 1e9;
        return seconds >= 1 ? digits(seconds) + " s" : digits(seconds * 1e3) + " ms";
    }

    /** Three digits, more for large numbers. */
    static String digits(double value) {
        String format = value >= 99.95 ? "%.0f" : value >= 9.995 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }
}
