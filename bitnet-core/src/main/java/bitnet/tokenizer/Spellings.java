package bitnet.tokenizer;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntPredicate;

/**
 * Tokens by their spelling. A slot is 8 bytes, half of them a part of the hash, so that a token's text is hardly ever
 * compared in vain. Where two tokens are spelled alike, the one with the lower id is found.
 */
final class Spellings {
    private final List<String> tokens;
    private final long[] slots;
    private final int longest;
    /** Odd, and chosen anew for each table, so that no file can be made whose tokens all collide. */
    private final long multiplier = ThreadLocalRandom.current().nextLong() | 1;

    /**
     * @param tokens by id
     * @param included the ids that may be found; empty tokens never are
     */
    Spellings(List<String> tokens, IntPredicate included) {
        this.tokens = tokens;
        this.slots = new long[Integer.highestOneBit(Math.max(8, tokens.size())) * 4];
        int longestToken = 0;
        char[] chars = new char[64];
        for (int id = 0; id < tokens.size(); id++) {
            String token = tokens.get(id);
            if (token.isEmpty() || !included.test(id)) {
                continue;
            }
            int length = token.length();
            longestToken = Math.max(longestToken, length);
            if (length > chars.length) {
                chars = new char[length * 2];
            }
            token.getChars(0, length, chars, 0);
            long hash = hash(chars, 0, length);
            int slot = slot(hash, chars, 0, length);
            if (slots[slot] == 0) {
                slots[slot] = (hash & 0xffffffff_00000000L) | (id + 1);
            }
        }
        this.longest = longestToken;
    }

    /** The length in UTF-16 units of the longest spelling. */
    int longest() {
        return longest;
    }

    /** The token that is spelled by {@code chars[from..to)}, or -1. */
    int find(char[] chars, int from, int to) {
        if (to - from > longest) {
            return -1;
        }
        return (int) slots[slot(hash(chars, from, to), chars, from, to)] - 1;
    }

    private int slot(long hash, char[] chars, int from, int to) {
        int mask = slots.length - 1;
        int slot = (int) (hash >>> 20) & mask;
        while (slots[slot] != 0) {
            if (slots[slot] >>> 32 == hash >>> 32 && spells((int) slots[slot] - 1, chars, from, to)) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private boolean spells(int id, char[] chars, int from, int to) {
        String token = tokens.get(id);
        if (token.length() != to - from) {
            return false;
        }
        for (int i = 0; i < token.length(); i++) {
            if (token.charAt(i) != chars[from + i]) {
                return false;
            }
        }
        return true;
    }

    private long hash(char[] chars, int from, int to) {
        long hash = multiplier;
        for (int i = from; i < to; i++) {
            hash = (hash ^ chars[i]) * multiplier;
            hash ^= hash >>> 32;
        }
        return hash * 0x9E3779B97F4A7C15L;
    }
}
