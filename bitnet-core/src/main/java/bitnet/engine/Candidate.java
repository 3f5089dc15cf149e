package bitnet.engine;

import bitnet.Device;
import bitnet.spi.KernelBackend;
import bitnet.spi.Probe;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A backend as selection sees it. One that could not even be created is a candidate as well, whose probe gives the reason.
 *
 * @param id the backend's id, or its class where it did not get so far
 * @param device its device family, or null where it did not get so far
 * @param priority among candidates of a device the highest is tried first
 * @param probe asked once, and only if the candidate's turn comes; never throws
 * @param backend the backend, or null where the probe is known to refuse
 */
record Candidate(
        String id,
        @Nullable Device device,
        int priority,
        Supplier<Probe> probe,
        @Nullable KernelBackend backend) {

    /** A backend that answered the questions about itself. */
    static Candidate of(KernelBackend backend, int priority) {
        return new Candidate(backend.id(), backend.device(), priority, () -> probe(backend), backend);
    }

    /** A provider that is not to be used. */
    static Candidate refused(String id, @Nullable Device device, String reason, @Nullable Throwable cause) {
        return new Candidate(id, device, Integer.MIN_VALUE, () -> new Probe.Unusable(reason, cause), null);
    }

    /** {@link KernelBackend#isPrepared}. */
    boolean isPrepared(Path source) {
        try {
            return backend != null && backend.isPrepared(source);
        } catch (Exception | LinkageError e) {
            return false;
        }
    }

    private static Probe probe(KernelBackend backend) {
        try {
            @Nullable Probe probe = backend.probe();
            return probe == null ? new Probe.Unusable("its probe gave no answer") : probe;
        } catch (Exception | Error e) {
            return new Probe.Unusable("its probe failed: " + e, e);
        }
    }
}
