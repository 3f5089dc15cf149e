package bitnet.engine;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A time by which something must have ended, or none. Thread-safe. */
final class Deadline {
    private final long begin = System.nanoTime();
    private final long limit;

    /** @param time from now on; null for no deadline */
    Deadline(@Nullable Duration time) {
        // a Duration may be longer than there are nanoseconds in a long
        limit = time == null || time.compareTo(Duration.ofNanos(Long.MAX_VALUE)) > 0 ? Long.MAX_VALUE : time.toNanos();
    }

    /** Nanoseconds until then; 0 or less once it has passed. */
    long left() {
        return limit - (System.nanoTime() - begin);
    }

    boolean hasPassed() {
        return limit != Long.MAX_VALUE && left() <= 0;
    }
}
