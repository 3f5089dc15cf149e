package bitnet;

/** As many generations run and wait as {@link Scheduling} allows. The model goes on; the same call may succeed later. */
public final class BusyException extends BitNetException {
    private static final long serialVersionUID = 1L;

    /**
     * @param running generations that run
     * @param queued generations that wait until one of them ends
     */
    public BusyException(int running, int queued) {
        super("the model is busy: " + running + " generations run and " + queued
                + " wait, which is all that are allowed");
    }
}
