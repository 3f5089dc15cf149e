package example;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;

/** An SVG with a point for each row of text, topic and place. Its title, which browsers show, is the text. */
final class Chart {
    private static final int SIZE = 640;
    private static final int EDGE = 20;
    private static final List<String> COLOURS =
            List.of("#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2");

    private Chart() {}

    static String of(List<Row> rows) {
        Map<String, Long> topics = rows.stream()
                .collect(Collectors.groupingBy(row -> row.getString(1), TreeMap::new, Collectors.counting()));
        List<String> names = List.copyOf(topics.keySet());
        var svg = new StringBuilder();
        svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\">\n"
                .formatted(SIZE + 160, SIZE));
        Axis across = new Axis(rows, row -> place(row).apply(0));
        Axis down = new Axis(rows, row -> place(row).apply(1));
        for (Row row : rows) {
            svg.append("<circle cx=\"%s\" cy=\"%s\" r=\"5\" fill=\"%s\"><title>%s</title></circle>\n"
                    .formatted(
                            across.of(row),
                            down.of(row),
                            COLOURS.get(names.indexOf(row.getString(1))),
                            escaped(row.getString(0))));
        }
        for (int i = 0; i < names.size(); i++) {
            int y = 2 * EDGE + 24 * i;
            svg.append("<circle cx=\"%d\" cy=\"%d\" r=\"5\" fill=\"%s\"/>".formatted(SIZE, y, COLOURS.get(i)));
            svg.append("<text x=\"%d\" y=\"%d\">%s %d</text>\n"
                    .formatted(SIZE + 12, y + 5, escaped(names.get(i)), topics.get(names.get(i))));
        }
        return svg.append("</svg>\n").toString();
    }

    private static Vector place(Row row) {
        return row.getAs(2);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    /** From the least value at one edge to the greatest at the other. */
    private record Axis(ToDoubleFunction<Row> value, double least, double greatest) {
        Axis(List<Row> rows, ToDoubleFunction<Row> value) {
            this(
                    value,
                    rows.stream().mapToDouble(value).min().orElse(0),
                    rows.stream().mapToDouble(value).max().orElse(1));
        }

        String of(Row row) {
            double share = (value.applyAsDouble(row) - least) / Math.max(greatest - least, Double.MIN_NORMAL);
            return String.format(Locale.ROOT, "%.1f", EDGE + share * (SIZE - 2 * EDGE));
        }
    }
}
