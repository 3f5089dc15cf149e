package bitnet.coreml;

/**
 * Where Core ML means to run operations, by its {@code MLComputePlan}. Constants take no part.
 *
 * @param neuralEngine operations on the Neural Engine
 * @param gpu on the GPU
 * @param cpu on the CPU
 * @param unknown of which it does not say
 */
public record Residency(int neuralEngine, int gpu, int cpu, int unknown) {
    /** None. */
    public static final Residency NONE = new Residency(0, 0, 0, 0);

    /** Both together. */
    public Residency plus(Residency other) {
        return new Residency(
                neuralEngine + other.neuralEngine, gpu + other.gpu, cpu + other.cpu, unknown + other.unknown);
    }

    /** For people, such as {@code 412 of 430 operations on the Neural Engine, 0 on the GPU, 18 on the CPU}. */
    @Override
    public String toString() {
        int all = neuralEngine + gpu + cpu + unknown;
        String rest = unknown == 0 ? "" : ", " + unknown + " unknown";
        return neuralEngine + " of " + all + " operations on the Neural Engine, " + gpu + " on the GPU, " + cpu
                + " on the CPU" + rest;
    }
}
