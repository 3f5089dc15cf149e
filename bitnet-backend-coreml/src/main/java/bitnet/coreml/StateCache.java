package bitnet.coreml;

import bitnet.coreml.ffm.LoadedFunction;
import bitnet.coreml.ffm.ModelState;
import bitnet.spi.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The keys and values of one sequence: a state for each package of blocks, which has room for the whole context at once. */
final class StateCache implements Kernels.Cache {
    private final List<ModelState> states = new ArrayList<>();
    private final Consumer<StateCache> closed;

    /**
     * @param functions one of each package of blocks
     * @param closed told when this is closed
     * @throws CoreMlException if Core ML cannot make a state
     */
    StateCache(List<LoadedFunction> functions, Consumer<StateCache> closed) {
        this.closed = closed;
        try {
            for (LoadedFunction function : functions) {
                states.add(function.newState());
            }
        } catch (RuntimeException | Error e) {
            states.forEach(ModelState::close);
            throw e;
        }
    }

    /** The state of a package. */
    ModelState state(int index) {
        return states.get(index);
    }

    @Override
    public void reserve(int positions) {
        // The room is there.
    }

    /** @throws UnsupportedOperationException if Core ML cannot copy; the sequence can still be computed again */
    @Override
    public void copyFrom(Kernels.Cache other, int positions) {
        List<ModelState> from = ((StateCache) other).states;
        try {
            for (int i = 0; i < states.size(); i++) {
                states.get(i).copyFrom(from.get(i));
            }
        } catch (CoreMlException e) {
            throw new UnsupportedOperationException("Core ML does not copy this state: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        states.forEach(ModelState::close);
        closed.accept(this);
    }
}
