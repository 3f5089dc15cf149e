package bitnet.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/**
 * A text with names of columns in braces; braces of the text are written twice.
 *
 * @param parts in their order
 */
record Template(List<Part> parts) {
    sealed interface Part {}

    record Text(String text) implements Part {}

    record Name(String column) implements Part {}

    /** @throws IllegalArgumentException if a brace is alone, or names nothing */
    static Template parse(String source) {
        List<Part> parts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < source.length(); i++) {
            char c = source.charAt(i);
            if ((c == '{' || c == '}') && i + 1 < source.length() && source.charAt(i + 1) == c) {
                text.append(c);
                i++;
            } else if (c == '{') {
                int end = source.indexOf('}', i);
                if (end <= i + 1) {
                    throw alone(source, i);
                }
                parts.add(new Text(text.toString()));
                text.setLength(0);
                parts.add(new Name(source.substring(i + 1, end)));
                i = end;
            } else if (c == '}') {
                throw alone(source, i);
            } else {
                text.append(c);
            }
        }
        parts.add(new Text(text.toString()));
        return new Template(List.copyOf(parts));
    }

    private static IllegalArgumentException alone(String source, int at) {
        return new IllegalArgumentException("the template '" + source + "' has a brace at " + at
                + " that names no column; braces of the text are written twice");
    }

    List<String> columns() {
        return parts.stream()
                .filter(Name.class::isInstance)
                .map(part -> ((Name) part).column())
                .toList();
    }

    /** The prompt of a row; null where a column is. */
    Column column() {
        return functions.concat(parts.stream()
                .map(part -> switch (part) {
                    case Text text -> functions.lit(text.text());
                    case Name name -> Columns.named(name.column()).cast(DataTypes.StringType);
                })
                .toArray(Column[]::new));
    }
}
