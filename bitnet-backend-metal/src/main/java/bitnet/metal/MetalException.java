package bitnet.metal;

/** Metal refused something. The native library makes it, of Metal's own error where there is one. */
final class MetalException extends Exception {
    private static final long serialVersionUID = 1L;
    private final String domain;
    private final long code;

    /** Called by the native library. */
    MetalException(String domain, long code, String message) {
        super(message);
        this.domain = domain;
        this.code = code;
    }

    /** The domain of Metal's error, such as {@code MTLLibraryErrorDomain}; {@code Metal} if it gave none. */
    String domain() {
        return domain;
    }

    /** Its number in the domain. */
    long code() {
        return code;
    }
}
