package bitnet.engine;

import java.util.List;

/**
 * Finds stop strings in text that comes in pieces. Text is held back only as far as a stop string could begin in it. Not
 * thread-safe.
 */
final class StopText {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean found;

    StopText(List<String> stops) {
        this.stops = stops;
    }

    /** Takes a piece and returns what is certain now. After a stop string was found, the text before it, then nothing. */
    String push(String piece) {
        if (found) {
            return "";
        }
        held.append(piece);
        int stop = firstStop();
        if (stop >= 0) {
            found = true;
            return take(stop);
        }
        return take(held.length() - possibleStart());
    }

    /** Whether a stop string has been found. */
    boolean found() {
        return found;
    }

    /** What was held back, when no more text comes. */
    String finish() {
        return found ? "" : take(held.length());
    }

    private String take(int length) {
        String text = held.substring(0, length);
        held.delete(0, length);
        return text;
    }

    /**
     * Where the stop string begins that is complete first; of two, the longer. So the answer does not depend on how the
     * text is cut into pieces.
     */
    private int firstStop() {
        int start = -1;
        int end = Integer.MAX_VALUE;
        for (String stop : stops) {
            int at = held.indexOf(stop);
            if (at >= 0 && (at + stop.length() < end || (at + stop.length() == end && at < start))) {
                start = at;
                end = at + stop.length();
            }
        }
        return start;
    }

    /** Length of the longest end of the text that a stop string begins with. */
    private int possibleStart() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
                if (stop.startsWith(held.substring(held.length() - length))) {
                    longest = length;
                }
            }
        }
        return longest;
    }
}
