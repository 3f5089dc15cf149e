package bitnet.tokenizer;

import bitnet.ModelFormatException;

/** Which two tokens become which, and in what order: a vocabulary's list of merges. */
final class MergeRanks {
    private final String source;
    /** From left token and right token to rank. */
    private final LongIntMap ranks;
    /** By rank: what the two become. */
    private final int[] merged;

    /**
     * @param spellings the ordinary tokens
     * @throws ModelFormatException if a merge is not of two tokens that make a third
     */
    MergeRanks(TokenizerSpec spec, Spellings spellings) {
        source = spec.source();
        ranks = new LongIntMap(spec.merges().size());
        merged = new int[spec.merges().size()];
        char[] pair = new char[64];
        int rank = 0;
        for (String merge : spec.merges()) {
            int length = merge.length() - 1;
            int cut = merge.indexOf(' ');
            if (cut <= 0 || cut == length || merge.indexOf(' ', cut + 1) >= 0) {
                throw badMerge(rank, merge, "expected two tokens with a space between");
            }
            if (length > pair.length) {
                pair = new char[length * 2];
            }
            merge.getChars(0, cut, pair, 0);
            merge.getChars(cut + 1, length + 1, pair, cut);
            int left = spellings.find(pair, 0, cut);
            int right = spellings.find(pair, cut, length);
            merged[rank] = spellings.find(pair, 0, length);
            if (left < 0 || right < 0 || merged[rank] < 0) {
                int from = left < 0 || right >= 0 ? 0 : cut;
                String missing = new String(pair, from, (left < 0 ? cut : length) - from);
                throw badMerge(
                        rank,
                        merge,
                        "but '" + VocabularyTokenizer.shown(missing) + "' is not an ordinary token of the vocabulary");
            }
            ranks.putIfAbsent(key(left, right), rank); // of a merge that is there twice, the better rank
            rank++;
        }
    }

    private ModelFormatException badMerge(int rank, String merge, String problem) {
        return new ModelFormatException(
                source, "merge " + rank, "found '" + VocabularyTokenizer.shown(merge) + "', " + problem);
    }

    /** As {@link Merging#pair}, for two tokens; -1 for what is none. */
    long pair(int left, int right) {
        int rank = left < 0 || right < 0 ? -1 : ranks.get(key(left, right));
        return rank < 0 ? Merging.NONE : ((long) rank << 32) | merged[rank];
    }

    private static long key(int left, int right) {
        return ((long) left << 32) | right;
    }
}
