package bitnet.spi;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Tokens to run in one call: a prompt, one token for each of many sequences, or any mix. Entries of a sequence stand in
 * ascending order and continue it without a gap. Reusable; not thread-safe.
 */
public final class Batch {
    private Sequence[] sequences = new Sequence[16];
    private int[] positions = new int[16];
    private int[] tokens = new int[16];
    private @Nullable Logits[] targets = new @Nullable Logits[16];
    private int size;

    /** An empty batch. */
    public Batch() {}

    /** Adds a token; its logits go to {@code target} unless that is null. */
    public Batch add(Sequence sequence, int position, int token, @Nullable Logits target) {
        if (size == tokens.length) {
            int capacity = size * 2;
            sequences = Arrays.copyOf(sequences, capacity);
            positions = Arrays.copyOf(positions, capacity);
            tokens = Arrays.copyOf(tokens, capacity);
            targets = Arrays.copyOf(targets, capacity);
        }
        sequences[size] = sequence;
        positions[size] = position;
        tokens[size] = token;
        targets[size] = target;
        size++;
        return this;
    }

    /** Removes all entries. */
    public void clear() {
        Arrays.fill(targets, 0, size, null);
        size = 0;
    }

    /** Number of entries. */
    public int size() {
        return size;
    }

    /** The sequence of entry {@code i}. */
    public Sequence sequence(int i) {
        return sequences[i];
    }

    /** The position of entry {@code i} in its sequence, from 0. */
    public int position(int i) {
        return positions[i];
    }

    /** The token of entry {@code i}. */
    public int token(int i) {
        return tokens[i];
    }

    /** Where the logits of entry {@code i} go, if anywhere. */
    public @Nullable Logits target(int i) {
        return targets[i];
    }
}
