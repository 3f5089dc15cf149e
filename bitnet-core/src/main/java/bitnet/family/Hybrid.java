package bitnet.family;

import java.util.Set;

/**
 * What is special in a decoder of which some layers are gated DeltaNet.
 *
 * @param delta the numbers of those layers
 * @param turning dimensions of a head of attention that turn by position: its first ones, even
 * @param groupedValues whether gated DeltaNet's output projection is stored for value heads that are grouped by key head where it is
 *     rotated
 */
public record Hybrid(Set<Integer> delta, int turning, boolean groupedValues) {
    public Hybrid {
        delta = Set.copyOf(delta);
    }

    boolean attends(int layer) {
        return !delta.contains(layer);
    }
}
