package bitnet.template;

/**
 * Finds one text in another in linear time. The JDK's own search is quadratic for parts that nearly match everywhere, so it
 * is used for short ones only; the others are found by the algorithm of Knuth, Morris and Pratt (SIAM J. Comput. 6, 1977).
 */
final class Search {
    private static final int SHORT = 16;

    private final String in;
    private final String part;
    private final Budget budget;
    /** By length of a matched beginning: the longest end of it that is a beginning too. For long parts only. */
    private final int[] borders;

    Search(String in, String part, Budget budget) {
        this.in = in;
        this.part = part;
        this.budget = budget;
        boolean possible = part.length() > SHORT && part.length() <= in.length();
        budget.elements(possible ? part.length() / 4 : 0);
        this.borders = new int[possible ? part.length() + 1 : 0];
        for (int i = 1, matched = 0; i < borders.length - 1; i++) {
            matched = extended(matched, part.charAt(i));
            borders[i + 1] = matched;
        }
    }

    /** The first place from {@code from} on, or -1. */
    int next(int from) {
        budget.work(16);
        if (part.length() > in.length() - from) {
            return -1;
        }
        if (part.length() <= SHORT) {
            int found = in.indexOf(part, from);
            budget.work((long) ((found < 0 ? in.length() : found) - from) / 4 * (1 + part.length() / 4));
            return found;
        }
        for (int i = from, matched = 0; i < in.length(); i++) {
            if ((i - from) % 1024 == 0) {
                budget.work(2048);
            }
            matched = extended(matched, in.charAt(i));
            if (matched == part.length()) {
                return i + 1 - matched;
            }
        }
        return -1;
    }

    /** The last place, or -1. */
    int last() {
        if (part.length() <= SHORT) {
            budget.work((long) in.length() * (1 + part.length() / 4));
            return in.lastIndexOf(part);
        }
        int last = -1;
        for (int i = next(0); i >= 0; i = next(i + 1)) {
            last = i;
        }
        return last;
    }

    /** How much of the part is matched after one more character. */
    private int extended(int matched, char c) {
        int length = matched;
        while (length > 0 && (length == part.length() || part.charAt(length) != c)) {
            length = borders[length];
        }
        return part.charAt(length) == c ? length + 1 : 0;
    }
}
