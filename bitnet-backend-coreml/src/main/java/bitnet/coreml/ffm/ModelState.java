package bitnet.coreml.ffm;

import bitnet.coreml.CoreMlException;
import bitnet.coreml.artifact.Feature;
import bitnet.coreml.ffm.gen.BitnetCoreMl;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** What a package keeps between predictions. One thread at a time. */
public final class ModelState implements AutoCloseable {
    private final MemorySegment handle;
    private final List<Feature> features;
    private boolean closed;

    ModelState(MemorySegment handle, List<Feature> features) {
        this.handle = handle;
        this.features = features;
    }

    MemorySegment handle() {
        if (closed) {
            throw new IllegalStateException("the state is closed");
        }
        return handle;
    }

    /**
     * Takes the values of another state of the same package.
     *
     * @throws CoreMlException if it fails; the values are not to be used any more then
     */
    public void copyFrom(ModelState other) {
        MemorySegment from = other.handle();
        MemorySegment to = handle();
        for (Feature feature : features) {
            CoreMl.call((arena, failure) ->
                    BitnetCoreMl.bitnet_coreml_state_copy(from, to, arena.allocateFrom(feature.name()), failure));
        }
    }

    /** Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            BitnetCoreMl.bitnet_coreml_state_free(handle);
        }
    }
}
