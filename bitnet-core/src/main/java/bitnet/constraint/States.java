package bitnet.constraint;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An {@link Automaton} made deterministic, a state at a time, when an answer first comes there: as the construction of subsets does,
 * but over places that carry a stack. Equal states are one. What is kept is bounded: beyond that all is forgotten, and made again.
 * Not thread-safe.
 */
final class States {
    /** Rules that may be open at once; deeper ones are not begun. JSON readers have limits like this one. */
    static final int MAX_DEPTH = 128;

    // a state takes 1 KiB and its mask 16 KiB for 128,000 tokens
    private static final int MAX_STATES = 20_000;
    private static final int MAX_MASKS = 2_000;

    private final Automaton automaton;
    private final Frames frames = new Frames();
    private final Map<Key, State> known = new HashMap<>();
    private int masks;
    private final State start;

    private record Key(long[] places, boolean accepting) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key && accepting == key.accepting && Arrays.equals(places, key.places);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(places) * 31 + Boolean.hashCode(accepting);
        }
    }

    States(Automaton automaton) {
        this.automaton = automaton;
        var closure = new Closure();
        closure.reach(automaton.start(), 0);
        start = closure.finish();
    }

    State start() {
        return start;
    }

    /** The state after a byte; {@link State#DEAD} if it does not fit. */
    State after(State state, int b) {
        State next = state.next(b);
        if (next == null) {
            next = compute(state, b);
            state.next(b, next);
        }
        return next;
    }

    private State compute(State state, int b) {
        var closure = new Closure();
        for (long place : state.places) {
            int node = (int) place;
            if (b >= automaton.low(node) && b <= automaton.high(node)) {
                closure.reach(automaton.next(node), (int) (place >>> 32));
            }
        }
        return closure.finish();
    }

    /** The one byte that can follow where the answer may not end, or -1. */
    int only(State state) {
        if (state.accepting) {
            return -1;
        }
        int only = -1;
        for (long place : state.places) {
            int node = (int) place;
            if (automaton.low(node) != automaton.high(node) || (only >= 0 && automaton.low(node) != only)) {
                return -1;
            }
            only = automaton.low(node);
        }
        return only;
    }

    /** Says that a mask is about to be kept. */
    void countMask() {
        if (++masks > MAX_MASKS) {
            forget();
        }
    }

    private State intern(long[] places, boolean accepting) {
        if (places.length == 0 && !accepting) {
            return State.DEAD;
        }
        if (known.size() >= MAX_STATES) {
            forget();
        }
        return known.computeIfAbsent(new Key(places, accepting), key -> new State(key.places, key.accepting));
    }

    private void forget() {
        known.values().forEach(State::forget);
        known.clear();
        masks = 0;
        if (start != null) {
            known.put(new Key(start.places, start.accepting), start);
        }
    }

    /** Where one can come without reading. */
    private final class Closure {
        private final Set<Long> seen = new HashSet<>();
        private final Deque<Long> pending = new ArrayDeque<>();
        private long[] places = new long[8];
        private int count;
        private boolean accepting;

        void reach(int from, int stack) {
            add(from, stack);
            while (!pending.isEmpty()) {
                long place = pending.pop();
                int node = (int) place;
                int frame = (int) (place >>> 32);
                switch (automaton.kind(node)) {
                    case BYTES -> keep(place);
                    case BRANCH -> {
                        add(automaton.next(node), frame);
                        add(automaton.other(node), frame);
                    }
                    case CALL -> call(node, frame);
                    case END -> {
                        if (frame == 0) {
                            accepting = true;
                        } else {
                            add(frames.node(frame), frames.parent(frame));
                        }
                    }
                }
            }
        }

        private void call(int node, int frame) {
            // a call at the end of a rule needs no place to return to: lists of any length take no stack
            boolean last = automaton.kind(automaton.next(node)) == Automaton.Kind.END;
            if (last) {
                add(automaton.other(node), frame);
            } else if (frames.depth(frame) < MAX_DEPTH) {
                add(automaton.other(node), frames.push(automaton.next(node), frame));
            }
        }

        private void add(int node, int frame) {
            long place = (long) frame << 32 | node;
            if (automaton.isProductive(node) && seen.add(place)) {
                pending.push(place);
            }
        }

        private void keep(long place) {
            if (count == places.length) {
                places = Arrays.copyOf(places, count * 2);
            }
            places[count++] = place;
        }

        State finish() {
            long[] sorted = Arrays.copyOf(places, count);
            Arrays.sort(sorted);
            return intern(sorted, accepting);
        }
    }
}
