package bitnet.cuda;

import bitnet.BackendFailureException;
import bitnet.model.DeltaShape;
import bitnet.spi.KvMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** The states of sequences of a recurrent model. All but {@link #free} is called in the device's context. */
final class DeltaStates {
    /** Kept for the next sequences. */
    private static final int MOST_FREE = 4;

    private final Gpu gpu;
    private final long stateBytes;
    private final Deque<DeviceState> free = new ArrayDeque<>();
    private long heldBytes;
    private boolean forgotten;

    /** @param data floats of all layers, matrices and then the history of each */
    record DeviceState(MemorySegment data) implements KvMemory.State {}

    /** @param shape null for models whose layers all attend */
    DeltaStates(Gpu gpu, @Nullable DeltaShape shape) {
        this.gpu = gpu;
        stateBytes = bytes(shape);
    }

    /** Bytes of a state. */
    static long bytes(@Nullable DeltaShape shape) {
        return shape == null ? 0 : shape.stateFloats() * Float.BYTES;
    }

    /**
     * That of an empty text.
     *
     * @throws OutOfMemoryError if the device has no memory left
     */
    DeviceState state() {
        DeviceState state;
        if (free.isEmpty()) {
            state = new DeviceState(allocate());
        } else {
            state = free.pop();
            gpu.stream().clear(state.data());
        }
        heldBytes += stateBytes;
        return state;
    }

    private MemorySegment allocate() {
        try {
            return gpu.allocate(stateBytes, "the state of a sequence");
        } catch (BackendFailureException e) { // only for want of memory
            throw (OutOfMemoryError) new OutOfMemoryError(e.getMessage()).initCause(e);
        }
    }

    void copy(DeviceState from, DeviceState to) {
        gpu.stream().copy(from.data(), to.data());
    }

    /** Frees a state, unless {@link #forget} was called. */
    void free(DeviceState state) {
        if (forgotten) {
            return;
        }
        heldBytes -= stateBytes;
        if (free.size() < MOST_FREE) {
            free.push(state);
        } else {
            try (var _ = gpu.context().enterToClose()) {
                gpu.memory().free(state.data());
            }
        }
    }

    /** Of device memory, free states as well. */
    long bytes() {
        return heldBytes + free.size() * stateBytes;
    }

    /** The device's memory is about to be freed as a whole. */
    void forget() {
        forgotten = true;
        free.clear();
    }
}
