package bitnet.template;

import bitnet.tokenizer.PromptText;
import java.util.Locale;

/**
 * Upper and lower case as Python has it: the full mappings of the Unicode standard, where a character may become several, and
 * the final sigma as the one that depends on its neighbours (chapter 3.13). Linear in the text's length, which the JDK's own
 * methods are not.
 */
final class Casing {
    private static final int CAPITAL_I_WITH_DOT = 0x130;
    private static final int SIGMA = 0x3A3;
    /** What is skipped when a sigma's neighbours are looked at, beyond marks, formats and modifiers: {@code Word_Break} values. */
    private static final String BETWEEN_LETTERS =
            "'.:\u00B7\u0387\u055F\u05F4\u2018\u2019\u2024\u2027\uFE13\uFE52\uFE55\uFF07\uFF0E\uFF1A";

    private final PromptText s;
    private final PromptText.Builder out;
    private final Budget budget;

    private Casing(PromptText s, Budget budget) {
        budget.work(8L * s.length());
        budget.text(s.length());
        this.s = s;
        this.out = new PromptText.Builder(s.length());
        this.budget = budget;
    }

    static PromptText lower(PromptText s, Budget budget) {
        var casing = new Casing(s, budget);
        casing.lower(0, s.length());
        return casing.result();
    }

    static PromptText upper(PromptText s, Budget budget) {
        var casing = new Casing(s, budget);
        for (int i = 0; i < s.length(); ) {
            i = casing.upper(i);
        }
        return casing.result();
    }

    static PromptText capitalize(PromptText s, Budget budget) {
        var casing = new Casing(s, budget);
        casing.lower(s.isEmpty() ? 0 : casing.title(0), s.length());
        return casing.result();
    }

    /** {@code str.title}: every letter that follows no letter is upper case, every other one lower case. */
    static PromptText title(PromptText s, Budget budget) {
        var casing = new Casing(s, budget);
        for (int i = 0; i < s.length(); ) {
            int first = i;
            i = casing.title(i);
            int end = isCased(s.text().codePointAt(first)) ? i : first;
            while (end < s.length() && end >= i && isCased(s.text().codePointAt(end))) {
                end += Text.width(s, end);
            }
            i = casing.lower(i, Math.max(i, end));
        }
        return casing.result();
    }

    /** Jinja's own: words begin after white space, hyphens and opening brackets, and not after apostrophes. */
    static PromptText titleWords(PromptText s, Budget budget) {
        var casing = new Casing(s, budget);
        for (int i = 0; i < s.length(); ) {
            boolean alone = isBeforeWord(s.text().codePointAt(i));
            i = casing.upper(i);
            int end = i;
            while (!alone && end < s.length() && !isBeforeWord(s.text().codePointAt(end))) {
                end += Text.width(s, end);
            }
            i = casing.lower(i, end);
        }
        return casing.result();
    }

    private static boolean isBeforeWord(int c) {
        return Text.isSpace(c) || "-({[<".indexOf(c) >= 0;
    }

    private PromptText result() {
        budget.text(Math.max(0, out.length() - s.length()));
        return out.build();
    }

    /** Appends a part in lower case, a sigma at the end of a word in that part as the final one. */
    private int lower(int from, int to) {
        String text = s.text();
        boolean inWord = false;
        for (int i = from; i < to; ) {
            int c = text.codePointAt(i);
            int next = i + Character.charCount(c);
            boolean template = s.isTemplate(i, next);
            if (c == CAPITAL_I_WITH_DOT) {
                out.append("i\u0307", template);
            } else if (c == SIGMA) {
                out.append(inWord && !goesOn(next, to) ? '\u03C2' : '\u03C3', template);
            } else {
                out.append(Character.toLowerCase(c), template);
            }
            if (!isIgnorable(c)) {
                inWord = isCased(c);
            }
            i = next;
        }
        return to;
    }

    /** Whether a cased letter follows, past what can be ignored. */
    private boolean goesOn(int from, int to) {
        int i = from;
        while (i < to && isIgnorable(s.text().codePointAt(i))) {
            i += Text.width(s, i);
        }
        return i < to && isCased(s.text().codePointAt(i));
    }

    private int upper(int at) {
        int c = s.text().codePointAt(at);
        int next = at + Character.charCount(c);
        if (c < 0x80) {
            out.append(Character.toUpperCase(c), s.isTemplate(at, next));
        } else {
            out.append(Character.toString(c).toUpperCase(Locale.ROOT), s.isTemplate(at, next));
        }
        return next;
    }

    private int title(int at) {
        int c = s.text().codePointAt(at);
        int next = at + Character.charCount(c);
        int title = Character.toTitleCase(c);
        String upper = title == c ? Character.toString(c).toUpperCase(Locale.ROOT) : "";
        String full = upper.length() > next - at
                ? upper.charAt(0) + upper.substring(1).toLowerCase(Locale.ROOT)
                : Character.toString(title);
        out.append(full, s.isTemplate(at, next));
        return next;
    }

    static boolean isCased(int c) {
        return Character.isLowerCase(c) || Character.isUpperCase(c) || Character.isTitleCase(c);
    }

    private static boolean isIgnorable(int c) {
        return switch (Character.getType(c)) {
            case Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.FORMAT,
                    Character.MODIFIER_LETTER,
                    Character.MODIFIER_SYMBOL -> true;
            default -> BETWEEN_LETTERS.indexOf(c) >= 0;
        };
    }
}
