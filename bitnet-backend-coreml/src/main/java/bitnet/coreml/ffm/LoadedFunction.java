package bitnet.coreml.ffm;

import bitnet.coreml.CoreMlException;
import bitnet.coreml.Processors;
import bitnet.coreml.artifact.Function;
import bitnet.coreml.ffm.gen.BitnetCoreMl;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A function of a compiled model, ready to run, and the memory of its inputs and outputs. One thread at a time. */
public final class LoadedFunction implements AutoCloseable {
    private final Path compiled;
    private final Function function;
    private final MemorySegment model;
    private final Arena memory = Arena.ofShared();
    private final FeatureArrays inputs;
    private final FeatureArrays outputs;
    private boolean closed;

    private LoadedFunction(Path compiled, Function function, MemorySegment model) {
        this.compiled = compiled;
        this.function = function;
        this.model = model;
        this.inputs = new FeatureArrays(function.inputs(), memory);
        this.outputs = new FeatureArrays(function.outputs(), memory);
    }

    /**
     * Loads a function.
     *
     * @param compiled by {@link CoreMl#compile}
     * @throws CoreMlException if it fails
     */
    public static LoadedFunction load(Path compiled, Function function, Processors processors) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment model = arena.allocate(ValueLayout.ADDRESS);
            CoreMl.call((names, failure) -> BitnetCoreMl.bitnet_coreml_model_load(
                    names.allocateFrom(compiled.toString()),
                    names.allocateFrom(function.name()),
                    CoreMl.of(processors),
                    model,
                    failure));
            return new LoadedFunction(compiled, function, model.get(ValueLayout.ADDRESS, 0));
        }
    }

    /** The directory that it was loaded from. */
    public Path compiled() {
        return compiled;
    }

    /** What it takes and gives. */
    public Function function() {
        return function;
    }

    /** The memory of an input, to be filled before {@link #predict}: dense, row-major. */
    public MemorySegment input(String name) {
        return inputs.data(name);
    }

    /** The memory of an output, valid until the next {@link #predict}: dense, row-major. */
    public MemorySegment output(String name) {
        return outputs.data(name);
    }

    /**
     * A new state of zeros, which serves all functions of the package.
     *
     * @throws CoreMlException if it fails
     */
    public ModelState newState() {
        requireOpen();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(ValueLayout.ADDRESS);
            CoreMl.call((_, failure) -> BitnetCoreMl.bitnet_coreml_state_new(model, state, failure));
            return new ModelState(state.get(ValueLayout.ADDRESS, 0), function.states());
        }
    }

    /**
     * From the inputs to the outputs.
     *
     * @param state where the function has states; else null
     * @throws CoreMlException if it fails; outputs and state are not to be used any more then
     */
    public void predict(@Nullable ModelState state) {
        requireOpen();
        MemorySegment stateHandle = state == null ? MemorySegment.NULL : state.handle();
        CoreMl.call((_, failure) -> BitnetCoreMl.bitnet_coreml_predict(
                model, stateHandle, inputs.all(), inputs.count(), outputs.all(), outputs.count(), failure));
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the model is closed");
        }
    }

    /** Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            BitnetCoreMl.bitnet_coreml_model_free(model);
            memory.close();
        }
    }
}
