package bitnet.server;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/** Counts durations by how long they are, as Prometheus has it: each bucket has those up to its limit. Thread-safe. */
final class Histogram {
    private final double[] limits;
    private final LongAdder[] counts;
    private final LongAdder nanos = new LongAdder();

    /** @param limits of the buckets in seconds, ascending; one without a limit is added */
    Histogram(double... limits) {
        this.limits = limits.clone();
        counts = new LongAdder[limits.length + 1];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    void add(Duration duration) {
        int bucket = 0;
        while (bucket < limits.length && duration.toNanos() > limits[bucket] * 1e9) {
            bucket++;
        }
        counts[bucket].increment();
        nanos.add(duration.toNanos());
    }

    void write(MetricsText text, String name, String labels) {
        long sum = 0;
        for (int i = 0; i < counts.length; i++) {
            sum += counts[i].sum();
            String limit = i < limits.length ? String.valueOf(limits[i]) : "+Inf";
            text.line(name + "_bucket", labels + ",le=\"" + limit + "\"", sum);
        }
        text.line(name + "_sum", labels, nanos.sum() / 1e9);
        text.line(name + "_count", labels, sum);
    }
}
