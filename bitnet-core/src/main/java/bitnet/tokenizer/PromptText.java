package bitnet.tokenizer;

import java.util.Arrays;

/**
 * A text that knows of each span who wrote it: the chat template, in whose spans the spellings of control tokens are these
 * tokens, or somebody whose text is nothing but text. Parts and sums of such texts keep the origin of what they are made of.
 * Two texts are equal if they read the same, whoever wrote them. Immutable and thread-safe.
 */
public final class PromptText implements Comparable<PromptText> {
    private static final int[] NOWHERE = {};
    private static final int[] FROM_THE_START = {0};

    /** No text. */
    public static final PromptText EMPTY = template("");

    private final String text;
    /** Where the origin changes, ascending; at first the template writes. No two are alike, and none is at the end. */
    private final int[] borders;
    /** How many characters there are, or -1 while nobody has asked. */
    private int codePoints = -1;

    private PromptText(String text, int[] borders) {
        this.text = text;
        this.borders = borders;
    }

    /** A text of the template's own. */
    public static PromptText template(String text) {
        return new PromptText(text, NOWHERE);
    }

    /** A text in which control tokens are never parsed. */
    public static PromptText user(String text) {
        return new PromptText(text, text.isEmpty() ? NOWHERE : FROM_THE_START);
    }

    /** What it reads. */
    public String text() {
        return text;
    }

    /** In UTF-16 units. */
    public int length() {
        return text.length();
    }

    /** Whether it has no characters. */
    public boolean isEmpty() {
        return text.isEmpty();
    }

    /** In code points; counted once. */
    public int codePoints() {
        int count = codePoints;
        if (count < 0) {
            count = text.codePointCount(0, text.length());
            codePoints = count;
        }
        return count;
    }

    /** The place in UTF-16 units of the character with this index. */
    public int offset(int codePoint) {
        return codePoints() == text.length() ? codePoint : text.offsetByCodePoints(0, codePoint);
    }

    /** Whether the template wrote all of {@code [from..to)}. */
    public boolean isTemplate(int from, int to) {
        int span = span(from);
        return span % 2 == 0 && (span == borders.length || to <= borders[span]);
    }

    /** Where the span ends that a place is in. */
    public int spanEnd(int at) {
        int span = span(at);
        return span == borders.length ? text.length() : borders[span];
    }

    /** Which span a place is in; the even ones are the template's. */
    private int span(int at) {
        int found = Arrays.binarySearch(borders, at);
        return found < 0 ? -found - 1 : found + 1;
    }

    /** The part {@code [from..to)}. */
    public PromptText substring(int from, int to) {
        if (from == 0 && to == text.length()) {
            return this;
        }
        return new Builder(to - from).append(this, from, to).build();
    }

    /** By UTF-16 units. */
    @Override
    public int compareTo(PromptText other) {
        return text.compareTo(other.text);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PromptText prompt && text.equals(prompt.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }

    /** Puts a text together. For one thread. */
    public static final class Builder {
        private final StringBuilder text;
        private int[] borders = NOWHERE;
        private int count;

        /** @param capacity how long the text becomes, as far as known */
        public Builder(int capacity) {
            text = new StringBuilder(capacity);
        }

        /** A builder of a short text. */
        public Builder() {
            this(16);
        }

        /** In UTF-16 units, so far. */
        public int length() {
            return text.length();
        }

        /** Appends a text. */
        public Builder append(PromptText more) {
            return append(more, 0, more.length());
        }

        /** Appends {@code more[from..to)}. */
        public Builder append(PromptText more, int from, int to) {
            int span = more.span(from);
            for (int at = from; at < to; span++) {
                int end = span == more.borders.length ? to : Math.min(to, more.borders[span]);
                begin(span % 2 == 0);
                text.append(more.text, at, end);
                at = end;
            }
            return this;
        }

        /** Appends a text of one origin. */
        public Builder append(String more, boolean template) {
            if (!more.isEmpty()) {
                begin(template);
                text.append(more);
            }
            return this;
        }

        /** Appends a character of one origin. */
        public Builder append(int codePoint, boolean template) {
            begin(template);
            text.appendCodePoint(codePoint);
            return this;
        }

        private void begin(boolean template) {
            if (template == (count % 2 == 0)) {
                return;
            }
            if (count == borders.length) {
                borders = Arrays.copyOf(borders, Math.max(4, count * 2));
            }
            borders[count++] = text.length();
        }

        /** The text so far. */
        public PromptText build() {
            return new PromptText(
                    text.toString(),
                    count == 0
                            ? NOWHERE
                            : count == 1 && borders[0] == 0 ? FROM_THE_START : Arrays.copyOf(borders, count));
        }
    }
}
