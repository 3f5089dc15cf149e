package bitnet.coreml;

import bitnet.coreml.ffm.LoadedFunction;
import bitnet.coreml.ffm.ModelState;
import bitnet.spi.KvMemory;
import java.util.ArrayList;
import java.util.List;

/** The keys and values of one sequence: a state for each package of blocks, which has room for the whole context at once. */
final class StatePage implements KvMemory.Page, AutoCloseable {
    private final List<ModelState> states = new ArrayList<>();

    /**
     * @param functions one of each package of blocks
     * @throws CoreMlException if Core ML cannot make a state
     */
    StatePage(List<LoadedFunction> functions) {
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

    /** @throws CoreMlException if Core ML cannot copy */
    void copyFrom(StatePage source) {
        for (int i = 0; i < states.size(); i++) {
            states.get(i).copyFrom(source.states.get(i));
        }
    }

    @Override
    public void close() {
        states.forEach(ModelState::close);
    }
}
