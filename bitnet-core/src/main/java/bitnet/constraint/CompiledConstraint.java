package bitnet.constraint;

import bitnet.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A {@link TokenConstraint} for one vocabulary. What it learns of its states, such as which tokens they allow, serves all generations
 * that follow it. Thread-safe.
 */
public final class CompiledConstraint {
    private static final byte[] NOTHING = {};

    private final States states;
    private final TokenTrie vocabulary;
    private final ReentrantLock lock = new ReentrantLock();

    CompiledConstraint(Automaton automaton, TokenTrie vocabulary) {
        this.states = new States(automaton);
        this.vocabulary = vocabulary;
    }

    /** The tokens of a tokenizer by their bytes, for many constraints. */
    static TokenTrie vocabulary(Tokenizer tokenizer) {
        List<byte[]> bytes = new ArrayList<>();
        for (int token = 0; token < tokenizer.spec().tokens().size(); token++) {
            bytes.add(tokenizer.bytes(token));
        }
        return new TokenTrie(bytes, tokenizer.spec().endOfGeneration());
    }

    /** A place at the beginning of an answer. */
    public Follower follow() {
        return new Follower(this);
    }

    State start() {
        return states.start();
    }

    /** The tokens that a state allows; not to be changed. */
    long[] allowed(State state) {
        lock.lock();
        try {
            long[] allowed = state.allowed;
            if (allowed == null) {
                states.countMask();
                allowed = vocabulary.allowed(states, state);
                state.allowed = allowed;
            }
            return allowed;
        } finally {
            lock.unlock();
        }
    }

    /** The state after a token. */
    State after(State state, int token) {
        lock.lock();
        try {
            State next = state;
            for (byte b : vocabulary.bytes(token)) {
                next = states.after(next, b & 0xFF);
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    /** The bytes that have to follow a state, until there is a choice or the answer may end. */
    byte[] forced(State state) {
        lock.lock();
        try {
            if (states.only(state) < 0) {
                return NOTHING;
            }
            var forced = new ByteArrayOutputStream();
            State at = state;
            for (int b = states.only(at); b >= 0 && forced.size() < 256; b = states.only(at)) {
                forced.write(b);
                at = states.after(at, b);
            }
            return forced.toByteArray();
        } finally {
            lock.unlock();
        }
    }

    boolean ends(int token) {
        return vocabulary.ends(token);
    }
}
