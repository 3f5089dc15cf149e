package bitnet.natives;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A library could not be had. The message lists every place tried, why it failed there, and the cure. */
public final class NativeLibraryException extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient List<String> tried;

    NativeLibraryException(String problem, List<String> tried, String cure, @Nullable Throwable cause) {
        super(problem + (tried.isEmpty() ? "" : " (tried " + String.join("; ", tried) + ")") + ": " + cure, cause);
        this.tried = List.copyOf(tried);
    }

    /** The places tried in order, each with the reason why it failed. */
    public List<String> tried() {
        return tried;
    }
}
