package bitnet.coreml;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What Core ML may compute on. */
public enum Processors {
    /** The CPU alone. */
    CPU,
    /** The GPU and the CPU. */
    CPU_AND_GPU,
    /** Whatever there is. */
    ALL,
    /** The Neural Engine, and the CPU for what it does not take. */
    CPU_AND_NEURAL_ENGINE;

    /** Names other processors than those of the device, to compare them: {@code cpu}, {@code cpu-and-gpu}, {@code all}. */
    public static final String PROPERTY = "bitnet.coreml.processors";

    /**
     * Those that {@value #PROPERTY} names, or {@link #CPU_AND_NEURAL_ENGINE}.
     *
     * @throws IllegalArgumentException if there are none of that name
     */
    static Processors chosen() {
        String name = System.getProperty(PROPERTY, CPU_AND_NEURAL_ENGINE.label());
        return Arrays.stream(values())
                .filter(one -> one.label().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("-D" + PROPERTY + "=" + name + " is none of "
                        + Arrays.stream(values()).map(Processors::label).collect(Collectors.joining(", "))));
    }

    /** The name for people. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
