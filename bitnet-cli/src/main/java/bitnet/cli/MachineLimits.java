package bitnet.cli;

import java.util.OptionalDouble;

/**
 * What this machine can do at most.
 *
 * @param threads that were used to find out
 * @param readBytes memory read in a second
 * @param int8Products multiply-and-adds of int8 in a second
 */
record MachineLimits(int threads, OptionalDouble readBytes, OptionalDouble int8Products) {
    /** Threads to measure with where none were asked for. */
    static int defaultThreads() {
        return Runtime.getRuntime().availableProcessors();
    }

    /** Measures. */
    static MachineLimits measure(int threads) {
        return new MachineLimits(threads, OptionalDouble.empty(), OptionalDouble.empty());
    }
}
