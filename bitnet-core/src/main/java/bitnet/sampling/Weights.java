package bitnet.sampling;

/**
 * Softmax weights as integers: {@code floor(2^40 * exp((score - best) / temperature))}, in double precision with the
 * exponential of {@link StrictMath}. Integers add up to the same sum in any order, and the same bits come out on every JVM
 * and CPU, which {@link Math#exp} does not promise. A token with less than 2^-40 of the best one's probability weighs nothing.
 */
final class Weights {
    /** The weight of the best token. */
    static final long ONE = 1L << 40;

    // exp(-28) * 2^40 is less than 1; most of a vocabulary is below and need not be computed
    private static final double NOTHING = -28;

    private final double temperature;
    private final double best;

    Weights(float temperature, float best) {
        this.temperature = temperature;
        this.best = best;
    }

    long of(float score) {
        double x = (score - best) / temperature;
        return x < NOTHING ? 0 : (long) (StrictMath.exp(x) * ONE);
    }
}
