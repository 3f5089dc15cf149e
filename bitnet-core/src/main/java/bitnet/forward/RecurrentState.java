package bitnet.forward;

import bitnet.spi.KvMemory;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What the recurrent layers keep of one sequence, and copies of it at earlier positions to go back to: a state cannot be cut like
 * pages. Of {@link #rewind} and {@link #close} no one needs to wait for the memory; the others are called as it wants.
 */
final class RecurrentState {
    /** What the copies of a sequence may take, but for the first, which there is always. */
    private static final long BUDGET = 256L << 20;

    private static final int MOST = 8;

    private final PagePool pool;
    private final KvMemory.Cache cache;
    private final int most;
    private final Deque<Snapshot> snapshots = new ArrayDeque<>();
    private KvMemory.@Nullable State current;
    /** Whether the state is that of the last copy, or of an empty text, before the next step. */
    private boolean behind;

    private record Snapshot(int position, KvMemory.State state) {}

    RecurrentState(PagePool pool, KvMemory.Cache cache) {
        this.pool = pool;
        this.cache = cache;
        most = Math.clamp(BUDGET / pool.memory().stateBytes(), 1, MOST);
    }

    /** Makes the state that of the text's end, for a step to go on from. */
    void ready() {
        if (current == null) {
            current = pool.state();
            cache.put(current);
        }
        if (behind) {
            Snapshot last = snapshots.peekLast();
            if (last == null) {
                KvMemory.State earlier = current;
                current = pool.state();
                cache.put(current);
                pool.released(earlier);
            } else {
                pool.memory().copy(last.state(), current);
            }
            behind = false;
        }
    }

    /** Becomes the state of another sequence, behind the same text. */
    void copy(RecurrentState other) {
        other.ready();
        ready();
        if (other.current != null && current != null) {
            pool.memory().copy(other.current, current);
        }
    }

    /** Keeps a copy of the state, in place of the oldest where there are many; none where there is no memory. */
    void keep(int position) {
        if (current == null || (!snapshots.isEmpty() && snapshots.getLast().position() >= position)) {
            return;
        }
        try {
            KvMemory.State copy = snapshots.size() < most
                    ? pool.state()
                    : snapshots.removeFirst().state();
            pool.memory().copy(current, copy);
            snapshots.addLast(new Snapshot(position, copy));
        } catch (OutOfMemoryError _) {
            // then going back takes longer
        }
    }

    /**
     * Goes back.
     *
     * @param position where to, before the end
     * @return the position that was reached: there or before, where a copy is or the text begins
     */
    int rewind(int position) {
        while (!snapshots.isEmpty() && snapshots.getLast().position() > position) {
            pool.released(snapshots.removeLast().state());
        }
        behind = true;
        return snapshots.isEmpty() ? 0 : snapshots.getLast().position();
    }

    void close() {
        snapshots.forEach(snapshot -> pool.released(snapshot.state()));
        snapshots.clear();
        if (current != null) {
            pool.released(current);
            current = null;
        }
    }
}
