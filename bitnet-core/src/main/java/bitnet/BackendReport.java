package bitnet;

/**
 * What selection found out about one backend.
 *
 * @param backend the backend's id, such as {@code cpu-native}
 * @param device its device family
 * @param outcome whether it was chosen, could have been, or why not
 * @param detail one sentence: what was found, or the reason of the refusal and its cure
 */
public record BackendReport(String backend, Device device, Outcome outcome, String detail) {
    /** How a backend fared. */
    public enum Outcome {
        /** This backend runs the model. */
        CHOSEN,
        /** It could run the model, but another one came first. */
        USABLE,
        /** Its probe, its SPI version or its compilation of this model said no. */
        REFUSED,
        /** The policy does not ask for its device. */
        NOT_WANTED
    }

    @Override
    public String toString() {
        return backend + " (" + device.label() + "): "
                + outcome.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ') + ": " + detail;
    }
}
