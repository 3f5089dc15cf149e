package bitnet.cuda.driver;

/** The driver said no. */
public final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String error;

    /**
     * As the driver reports it.
     *
     * @param error the driver's name, such as {@code CUDA_ERROR_ILLEGAL_ADDRESS}
     * @param explanation the driver's words for it
     * @param operation what was asked of it
     */
    public CudaException(String error, String explanation, String operation) {
        super(error + " (" + explanation + ") from " + operation);
        this.error = error;
    }

    /** The driver's name of the error. */
    public String error() {
        return error;
    }
}
