package bitnet.spi;

/**
 * A backend cannot run a model that another backend may run: it has no kernels for it, or the device is too small.
 * Selection reports the reason and goes on with the next backend. What no backend can run is a
 * {@link bitnet.ModelUnsupportedException} instead, which ends the selection.
 */
public final class UnsupportedByBackendException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param reason one sentence: what the backend lacks, and the cure where there is one */
    public UnsupportedByBackendException(String reason) {
        super(reason);
    }
}
