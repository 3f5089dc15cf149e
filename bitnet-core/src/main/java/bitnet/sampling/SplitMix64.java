package bitnet.sampling;

/**
 * The random numbers of sampling: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
 * 2014), which is the same on every machine and in every language.
 */
final class SplitMix64 {
    private long state;

    SplitMix64(long seed) {
        state = seed;
    }

    /** The next 64 random bits. */
    long next() {
        state += 0x9E3779B97F4A7C15L;
        long z = state;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** A number from 0 to {@code bound - 1}: the high half of the 128-bit product of {@link #next()} and the bound. */
    long below(long bound) {
        return Math.unsignedMultiplyHigh(next(), bound);
    }
}
