package bitnet.constraint;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Stacks of rules to return to. Equal stacks are one, so that a stack is a number and comparing two costs nothing. Frame 0 is
 * the empty stack. Not thread-safe.
 */
final class Frames {
    private int[] nodes = new int[64];
    private int[] parents = new int[64];
    private int[] depths = new int[64];
    private int size = 1;
    private final Map<Long, Integer> known = new HashMap<>();

    /** The stack {@code parent} with one more node on it. */
    int push(int node, int parent) {
        return known.computeIfAbsent((long) node << 32 | parent, _ -> create(node, parent));
    }

    private int create(int node, int parent) {
        if (size == nodes.length) {
            nodes = Arrays.copyOf(nodes, size * 2);
            parents = Arrays.copyOf(parents, size * 2);
            depths = Arrays.copyOf(depths, size * 2);
        }
        nodes[size] = node;
        parents[size] = parent;
        depths[size] = depths[parent] + 1;
        return size++;
    }

    int node(int frame) {
        return nodes[frame];
    }

    int parent(int frame) {
        return parents[frame];
    }

    int depth(int frame) {
        return depths[frame];
    }

    int size() {
        return size;
    }
}
