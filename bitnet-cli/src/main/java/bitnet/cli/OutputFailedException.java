package bitnet.cli;

import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Standard output could not be written to, as when the disk that it goes to is full. */
final class OutputFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OutputFailedException(String reason, @Nullable IOException cause) {
        super("cannot write: " + lowerCase(reason) + " (standard output)", cause);
    }

    private static String lowerCase(String reason) {
        return reason.isEmpty()
                ? "no reason given"
                : reason.substring(0, 1).toLowerCase(Locale.ROOT) + reason.substring(1);
    }
}
