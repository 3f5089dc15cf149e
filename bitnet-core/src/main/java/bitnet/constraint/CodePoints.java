package bitnet.constraint;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A set of Unicode scalar values, as ascending ranges that do not touch. Surrogates are never in it, since UTF-8 cannot
 * write them.
 *
 * @param ranges the ranges, ends included
 */
record CodePoints(List<Range> ranges) {
    /** All code points from {@code first} to {@code last}. */
    record Range(int first, int last) {}

    static final CodePoints ANY = of(0, Character.MAX_CODE_POINT);

    /** @param ranges in any order; they may overlap */
    CodePoints {
        ranges = normalised(ranges);
    }

    static CodePoints of(int first, int last) {
        return new CodePoints(List.of(new Range(first, last)));
    }

    static CodePoints of(String characters) {
        return new CodePoints(
                characters.codePoints().mapToObj(c -> new Range(c, c)).toList());
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    boolean contains(int codePoint) {
        return ranges.stream().anyMatch(range -> codePoint >= range.first && codePoint <= range.last);
    }

    CodePoints or(CodePoints other) {
        List<Range> all = new ArrayList<>(ranges);
        all.addAll(other.ranges);
        return new CodePoints(all);
    }

    CodePoints not() {
        List<Range> gaps = new ArrayList<>();
        int next = 0;
        for (Range range : ranges) {
            if (range.first > next) {
                gaps.add(new Range(next, range.first - 1));
            }
            next = range.last + 1;
        }
        if (next <= Character.MAX_CODE_POINT) {
            gaps.add(new Range(next, Character.MAX_CODE_POINT));
        }
        return new CodePoints(gaps);
    }

    CodePoints minus(CodePoints other) {
        return not().or(other).not();
    }

    private static List<Range> normalised(List<Range> ranges) {
        List<Range> pieces = new ArrayList<>();
        for (Range range : ranges) {
            addOutside(pieces, range.first, Math.min(range.last, Character.MIN_SURROGATE - 1));
            addOutside(pieces, Math.max(range.first, Character.MAX_SURROGATE + 1), range.last);
        }
        pieces.sort(Comparator.comparingInt(Range::first));
        List<Range> merged = new ArrayList<>();
        for (Range range : pieces) {
            Range before = merged.isEmpty() ? null : merged.getLast();
            if (before != null && range.first <= before.last + 1) {
                merged.set(merged.size() - 1, new Range(before.first, Math.max(before.last, range.last)));
            } else {
                merged.add(range);
            }
        }
        return List.copyOf(merged);
    }

    private static void addOutside(List<Range> pieces, int first, int last) {
        if (first <= last) {
            pieces.add(new Range(first, last));
        }
    }
}
