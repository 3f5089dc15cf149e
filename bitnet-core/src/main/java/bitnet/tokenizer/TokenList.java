package bitnet.tokenizer;

import java.util.Arrays;

/** Token ids, as they come. */
final class TokenList {
    private int[] ids;
    private int size;

    TokenList(int capacity) {
        ids = new int[Math.max(8, capacity)];
    }

    void add(int id) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, size * 2);
        }
        ids[size++] = id;
    }

    int size() {
        return size;
    }

    /** The last id, or -1. */
    int last() {
        return size == 0 ? -1 : ids[size - 1];
    }

    int[] toArray() {
        return Arrays.copyOf(ids, size);
    }
}
