package bitnet;

import java.util.Locale;
import java.util.Optional;

/** A family of compute devices. People write {@link #label()}; {@code auto} is a {@link DevicePolicy}, not a device. */
public enum Device {
    CPU("cpu"),
    CUDA("cuda"),
    APPLE_GPU("apple-gpu"),
    APPLE_NEURAL_ENGINE("apple-ne");

    private final String label;

    Device(String label) {
        this.label = label;
    }

    /** The name used on the command line, in configuration and in reports, such as {@code apple-gpu}. */
    public String label() {
        return label;
    }

    /** The device that a person means, or empty. Accepts labels, constant names and the aliases {@code nvidia}, {@code metal}, {@code mps}, {@code ane}, {@code coreml}. */
    public static Optional<Device> parse(String text) {
        String name = text.strip().toLowerCase(Locale.ROOT).replace('_', '-');
        for (Device device : values()) {
            if (name.equals(device.label)
                    || name.equals(device.name().toLowerCase(Locale.ROOT).replace('_', '-'))) {
                return Optional.of(device);
            }
        }
        return switch (name) {
            case "nvidia" -> Optional.of(CUDA);
            case "metal", "mps" -> Optional.of(APPLE_GPU);
            case "ane", "coreml" -> Optional.of(APPLE_NEURAL_ENGINE);
            default -> Optional.empty();
        };
    }

    @Override
    public String toString() {
        return label;
    }
}
