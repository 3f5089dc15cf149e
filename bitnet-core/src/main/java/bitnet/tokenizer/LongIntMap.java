package bitnet.tokenizer;

import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A map from longs to ints for hundreds of thousands of entries: 12 bytes a slot, no boxes. Keys and values are not
 * negative.
 */
final class LongIntMap {
    private long[] keys;
    private int[] values;
    private int size;
    /** Chosen anew for each map, so that no file can be made whose keys all collide. */
    private final long seed = ThreadLocalRandom.current().nextLong();

    /** A map that does not grow before it has this many entries. */
    LongIntMap(int expected) {
        int slots = Integer.highestOneBit(Math.max(8, expected)) * 2;
        // At most 3/4 full: 280,147 merges take 2^19 slots.
        if (expected > slots / 4 * 3) {
            slots *= 2;
        }
        keys = new long[slots];
        values = new int[slots];
        Arrays.fill(keys, -1);
    }

    /** The value of a key, or -1. */
    int get(long key) {
        int slot = slot(key);
        return keys[slot] == key ? values[slot] : -1;
    }

    /** Adds an entry unless the key has one, and returns the value that the key has then. */
    int putIfAbsent(long key, int value) {
        int slot = slot(key);
        if (keys[slot] == key) {
            return values[slot];
        }
        keys[slot] = key;
        values[slot] = value;
        if (++size > keys.length / 4 * 3) {
            grow();
        }
        return value;
    }

    /** The slot that has the key, or the empty one where it belongs. */
    private int slot(long key) {
        long hash = (key ^ seed) * 0x9E3779B97F4A7C15L;
        hash = (hash ^ (hash >>> 29)) * 0xBF58476D1CE4E5B9L;
        int mask = keys.length - 1;
        int slot = (int) (hash >>> 32) & mask;
        while (keys[slot] != key && keys[slot] != -1) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldValues = values;
        keys = new long[oldKeys.length * 2];
        values = new int[keys.length];
        Arrays.fill(keys, -1);
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != -1) {
                int slot = slot(oldKeys[i]);
                keys[slot] = oldKeys[i];
                values[slot] = oldValues[i];
            }
        }
    }
}
