package bitnet.server;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/**
 * Metrics in the text format of Prometheus, version 0.0.4.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">Exposition formats</a>
 */
final class MetricsText {
    private final StringBuilder text = new StringBuilder();

    /** What the lines that follow are about. */
    void head(String name, String type, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    /** @param labels such as {@code path="/"}, without braces; empty for none */
    void line(String name, String labels, long value) {
        line(name, labels, String.valueOf(value));
    }

    /** As {@link #line(String, String, long)}, for values that are not whole. */
    void line(String name, String labels, double value) {
        line(name, labels, BigDecimal.valueOf(value).stripTrailingZeros().toPlainString());
    }

    private void line(String name, String labels, String value) {
        text.append(name);
        if (!labels.isEmpty()) {
            text.append('{').append(labels).append('}');
        }
        text.append(' ').append(value).append('\n');
    }

    /** A label. */
    static String label(String name, String value) {
        return name + "=\"" + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }

    byte[] bytes() {
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
