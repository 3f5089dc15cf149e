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
    /** The outcome for a backend. */
    public enum Outcome {
        /** This backend runs the model. */
        CHOSEN,
        /** It works on this machine; without a model nothing is chosen. */
        USABLE,
        /** The machine has no such device, or the backend is for another system. */
        ABSENT,
        /** It should work here, but its probe or the compilation of this model failed, or it was built for another version of the SPI. */
        REFUSED,
        /** Another backend was chosen first, so this one was not tried. */
        NOT_TRIED,
        /** The options leave out its device or this backend. */
        NOT_WANTED
    }

    @Override
    public String toString() {
        String family = device == null ? "" : " (" + device.label() + ")";
        return backend + family + ": " + outcome.name().toLowerCase(Locale.ROOT).replace('_', ' ') + ": " + detail;
    }
}
