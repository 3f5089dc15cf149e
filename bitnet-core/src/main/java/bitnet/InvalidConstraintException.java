package bitnet;

/**
 * A JSON schema, regular expression or grammar that cannot be followed: it is malformed, too large, or asks for something that
 * {@link bitnet.constraint.TokenConstraint} does not have. The message names the place.
 */
public final class InvalidConstraintException extends BitNetException {
    private static final long serialVersionUID = 1L;

    /** With a message that names the place: a JSON pointer, or an offset. */
    public InvalidConstraintException(String message) {
        super(message);
    }
}
