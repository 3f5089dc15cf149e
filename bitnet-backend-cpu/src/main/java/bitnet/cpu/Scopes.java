package bitnet.cpu;

import bitnet.model.AttentionScope;
import bitnet.model.Rope;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** How the queries of each layer meet its keys, with the rotations that this takes. */
final class Scopes implements AutoCloseable {
    private final Function<Rope, RopeRows> rows;
    private final Scoped usual;
    private final Map<Integer, Scoped> own = new HashMap<>();
    private final Map<Rope, RopeRows> ropes = new HashMap<>();

    /**
     * A layer's scope.
     *
     * @param rope its rotations
     */
    record Scoped(AttentionScope scope, RopeRows rope) {}

    /**
     * @param usual of layers that have none of their own
     * @param rows makes the rows of a rotation
     */
    Scopes(AttentionScope usual, Function<Rope, RopeRows> rows) {
        this.rows = rows;
        this.usual = scoped(usual);
    }

    private Scoped scoped(AttentionScope scope) {
        return new Scoped(scope, ropes.computeIfAbsent(scope.rope(), rows));
    }

    void put(int layer, AttentionScope scope) {
        own.put(layer, scoped(scope));
    }

    Scoped of(int layer) {
        return own.getOrDefault(layer, usual);
    }

    /** Makes sure of the rotations of positions 0 to {@code positions} - 1. */
    void reserve(int positions) {
        ropes.values().forEach(rope -> rope.reserve(positions));
    }

    long memoryBytes() {
        return ropes.values().stream().mapToLong(RopeRows::memoryBytes).sum();
    }

    @Override
    public void close() {
        ropes.values().forEach(RopeRows::close);
    }
}
