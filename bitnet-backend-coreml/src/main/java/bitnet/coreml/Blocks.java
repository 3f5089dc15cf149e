package bitnet.coreml;

import bitnet.coreml.artifact.Function;
import bitnet.coreml.ffm.LoadedFunction;
import bitnet.spi.Step;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The transformer's blocks, for batches of one size: a function of each package, one after another. */
final class Blocks {
    private static final List<String> SHARED = List.of(Function.MASK, Function.COS, Function.SIN, Function.POSITION);

    private final List<LoadedFunction> functions;
    private final int tokens;
    private final TokenInputs inputs;

    Blocks(List<LoadedFunction> functions, int tokens, TokenInputs inputs) {
        this.functions = functions;
        this.tokens = tokens;
        this.inputs = inputs;
    }

    List<LoadedFunction> functions() {
        return functions;
    }

    /** Tokens of a batch. */
    int tokens() {
        return tokens;
    }

    /**
     * Appends rows of a step, which are of one sequence.
     *
     * @param row the first
     * @param count how many; the rest of the batch is padding
     * @throws CoreMlException if Core ML fails
     */
    void run(Step step, int row, int count) {
        StatePage state = ((States.Table) step.cache(row)).page();
        LoadedFunction first = functions.getFirst();
        inputs.fill(first, tokens, step, row, count);
        first.predict(state.state(0));
        for (int i = 1; i < functions.size(); i++) {
            LoadedFunction before = functions.get(i - 1);
            LoadedFunction next = functions.get(i);
            next.input(Function.X).copyFrom(before.output(Function.Y));
            for (String name : SHARED) {
                next.input(name).copyFrom(first.input(name));
            }
            next.predict(state.state(i));
        }
    }

    /** What came out of the last block: {@code (1, hidden, 1, tokens)}. */
    MemorySegment output() {
        return functions.getLast().output(Function.Y);
    }
}
