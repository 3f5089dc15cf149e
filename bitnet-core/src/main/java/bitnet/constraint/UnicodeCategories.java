package bitnet.constraint;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The general categories of Unicode, by their short names: {@code L}, {@code Lu}, {@code Nd} … */
final class UnicodeCategories {
    private static final Map<String, Integer> NAMES = Map.ofEntries(
            Map.entry("Lu", (int) Character.UPPERCASE_LETTER),
            Map.entry("Ll", (int) Character.LOWERCASE_LETTER),
            Map.entry("Lt", (int) Character.TITLECASE_LETTER),
            Map.entry("Lm", (int) Character.MODIFIER_LETTER),
            Map.entry("Lo", (int) Character.OTHER_LETTER),
            Map.entry("Mn", (int) Character.NON_SPACING_MARK),
            Map.entry("Me", (int) Character.ENCLOSING_MARK),
            Map.entry("Mc", (int) Character.COMBINING_SPACING_MARK),
            Map.entry("Nd", (int) Character.DECIMAL_DIGIT_NUMBER),
            Map.entry("Nl", (int) Character.LETTER_NUMBER),
            Map.entry("No", (int) Character.OTHER_NUMBER),
            Map.entry("Zs", (int) Character.SPACE_SEPARATOR),
            Map.entry("Zl", (int) Character.LINE_SEPARATOR),
            Map.entry("Zp", (int) Character.PARAGRAPH_SEPARATOR),
            Map.entry("Cc", (int) Character.CONTROL),
            Map.entry("Cf", (int) Character.FORMAT),
            Map.entry("Pd", (int) Character.DASH_PUNCTUATION),
            Map.entry("Ps", (int) Character.START_PUNCTUATION),
            Map.entry("Pe", (int) Character.END_PUNCTUATION),
            Map.entry("Pc", (int) Character.CONNECTOR_PUNCTUATION),
            Map.entry("Po", (int) Character.OTHER_PUNCTUATION),
            Map.entry("Pi", (int) Character.INITIAL_QUOTE_PUNCTUATION),
            Map.entry("Pf", (int) Character.FINAL_QUOTE_PUNCTUATION),
            Map.entry("Sm", (int) Character.MATH_SYMBOL),
            Map.entry("Sc", (int) Character.CURRENCY_SYMBOL),
            Map.entry("Sk", (int) Character.MODIFIER_SYMBOL),
            Map.entry("So", (int) Character.OTHER_SYMBOL));

    private UnicodeCategories() {}

    /**
     * The characters of a category, or of all whose names begin with one letter.
     *
     * @param error makes the exception for an unknown name
     */
    static CodePoints of(String name, Function<String, ? extends RuntimeException> error) {
        var types = new BitSet();
        NAMES.forEach((known, type) -> {
            if (known.equals(name) || (name.length() == 1 && known.startsWith(name))) {
                types.set(type);
            }
        });
        if (types.isEmpty()) {
            throw error.apply("the category '" + name + "' is not supported");
        }
        List<CodePoints.Range> ranges = new ArrayList<>();
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            if (types.get(Character.getType(c))) {
                int first = c;
                while (c < Character.MAX_CODE_POINT && types.get(Character.getType(c + 1))) {
                    c++;
                }
                ranges.add(new CodePoints.Range(first, c));
            }
        }
        return new CodePoints(ranges);
    }
}
