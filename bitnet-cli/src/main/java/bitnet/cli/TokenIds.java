package bitnet.cli;

import java.util.stream.Stream;

/** Token ids as people write them. */
final class TokenIds {
    private TokenIds() {}

    /**
     * Ids separated by spaces or commas.
     *
     * @param vocabulary how many tokens there are
     * @throws UsageException if one is no number or not in the vocabulary
     */
    static int[] parse(String text, int vocabulary) {
        try {
            int[] ids = Stream.of(text.strip().split("[\\s,]+"))
                    .filter(word -> !word.isEmpty())
                    .mapToInt(Integer::parseInt)
                    .toArray();
            return check(ids, vocabulary);
        } catch (NumberFormatException e) {
            throw new UsageException("not a token id: " + e.getMessage(), e);
        }
    }

    /** @throws UsageException if one is not in the vocabulary */
    static int[] check(int[] ids, int vocabulary) {
        for (int id : ids) {
            if (id < 0 || id >= vocabulary) {
                throw new UsageException(
                        "token " + id + " is not in the vocabulary, which has " + vocabulary + " tokens");
            }
        }
        return ids;
    }
}
