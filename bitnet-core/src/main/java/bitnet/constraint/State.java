package bitnet.constraint;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Where an answer may stand in a grammar: all its possible places at once. Filled in as it is needed, by {@link States}. */
final class State {
    /** The state from which nothing leads to an answer. */
    static final State DEAD = new State(new long[0], false);

    /** Places: a node that reads a byte in the lower half, the stack above it in the upper half; ascending. */
    final long[] places;

    /** Whether the answer may end here. */
    final boolean accepting;

    private final @Nullable State[] next = new @Nullable State[256];
    long @Nullable [] allowed;

    State(long[] places, boolean accepting) {
        this.places = places;
        this.accepting = accepting;
    }

    @Nullable
    State next(int b) {
        return next[b];
    }

    void next(int b, State state) {
        next[b] = state;
    }

    /** Forgets what was filled in. */
    void forget() {
        Arrays.fill(next, null);
        allowed = null;
    }
}
