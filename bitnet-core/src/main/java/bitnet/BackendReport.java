package bitnet;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What selection found out about one backend.
 *
 * @param backend the backend's id, such as {@code cpu-native}
 * @param device its device family, or null if the provider failed before it could say
 * @param outcome whether it was chosen, could have been, or why not
 * @param detail one sentence: what was found, or the reason of the refusal and its cure
 */
public record BackendReport(String backend, @Nullable Device device, Outcome outcome, String detail) {
    /** How a backend fared. */
    public enum Outcome {
        /** This backend runs the model. */
        CHOSEN,
        /** It works on this machine; without a model nothing is chosen. */
        USABLE,
        /** The machine has no such device, or the backend is for another system. */
        ABSENT,
        /** It should work here, but its probe, its SPI version or its compilation of this model said no. */
        REFUSED,
        /** Another one came first, so it was not asked. */
        NOT_TRIED,
        /** The options do not ask for its device, or not for it. */
        NOT_WANTED
    }

    @Override
    public String toString() {
        String family = device == null ? "" : " (" + device.label() + ")";
        return backend + family + ": " + outcome.name().toLowerCase(Locale.ROOT).replace('_', ' ') + ": " + detail;
    }
}
