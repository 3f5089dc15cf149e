package bitnet.cli;

/**
 * How fast a plain implementation could be at most, by one of the machine's limits.
 *
 * @param name what takes all of the time
 * @param tokensPerSecond that the limit allows
 * @param whenPassed how an implementation can nevertheless be faster
 */
record Floor(String name, double tokensPerSecond, String whenPassed) {
    /** The share that was reached; above 1 if the floor was passed. */
    double achieved(double perSecond) {
        return perSecond / tokensPerSecond;
    }
}
