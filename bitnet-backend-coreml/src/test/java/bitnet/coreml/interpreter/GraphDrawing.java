package bitnet.coreml.interpreter;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Draws a function of a package as SVG, from inputs at the top to outputs at the bottom: each operation below all that it
 * needs, and near them. Constants are left out; a convolution says which matrix it multiplies by.
 */
public final class GraphDrawing {
    private static final int WIDTH = 132;
    private static final int HEIGHT = 32;
    private static final int COLUMN = 144;
    private static final int ROW = 52;
    private static final int SWEEPS = 12;

    /** A box, and what it needs. */
    private static final class Node {
        final String title;
        final String detail;
        final String style;
        final List<Node> needs = new ArrayList<>();
        int row;
        double place;

        Node(String title, String detail, String style) {
            this.title = title;
            this.detail = detail;
            this.style = style;
        }

        void need(Node other) {
            if (!needs.contains(other)) {
                needs.add(other);
                row = Math.max(row, other.row + 1);
            }
        }
    }

    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Node> byName = new HashMap<>();
    private final Map<String, String> matrices = new HashMap<>();

    private GraphDrawing() {}

    /** The drawing of a function. */
    public static String svg(MlPackage content, String function) {
        GraphDrawing drawing = new GraphDrawing();
        drawing.read(content.functions().get(function));
        drawing.order();
        return drawing.write();
    }

    private Node add(Node node) {
        nodes.add(node);
        return node;
    }

    private void read(Code code) {
        for (Instruction.Declared input : code.inputs()) {
            String style = input.type().state() ? "state" : "input";
            byName.put(input.name(), add(new Node(input.name(), shape(input.type()), style)));
        }
        for (Instruction instruction : code.instructions()) {
            Instruction.Declared output = instruction.output();
            if (instruction.type().equals("constexpr_lut_to_dense")) {
                matrices.put(output.name(), output.name());
            } else if (!instruction.type().equals("const")) {
                add(instruction);
            }
        }
        code.outputs().forEach(output -> {
            Node node = add(new Node(output, "", "input"));
            node.need(byName.get(output));
        });
    }

    private void add(Instruction instruction) {
        Instruction.Declared output = instruction.output();
        boolean product = instruction.type().equals("conv");
        String title = product ? matrix(instruction.nameOf("weight")) : instruction.type();
        String style = product ? "product" : instruction.type().endsWith("_state") ? "state" : "operation";
        Node node = add(new Node(title, output == null ? "" : shape(output.type()), style));
        instruction.reads().stream().filter(byName::containsKey).forEach(name -> node.need(byName.get(name)));
        if (output != null) {
            byName.put(output.name(), node);
        } else {
            byName.put(instruction.nameOf("input"), node); // who reads the state now, reads what was written
        }
    }

    /** {@code conv attn_q} of {@code blk_0_attn_q_weight}. */
    private String matrix(String name) {
        String matrix = matrices.getOrDefault(name, name);
        return "conv " + matrix.replaceFirst("^blk_\\d+_", "").replaceFirst("_weight$", "");
    }

    private static String shape(Type type) {
        return type.shape().stream().map(String::valueOf).collect(Collectors.joining(" x "));
    }

    /** Puts nodes near those that they need, by the mean of their places, over and over. */
    private void order() {
        TreeMap<Integer, List<Node>> rows =
                nodes.stream().collect(Collectors.groupingBy(node -> node.row, TreeMap::new, Collectors.toList()));
        rows.values().forEach(GraphDrawing::spread);
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            for (List<Node> row : rows.values()) {
                Map<Node, Double> wanted = new LinkedHashMap<>();
                row.forEach(node -> wanted.put(
                        node,
                        node.needs.stream()
                                .mapToDouble(other -> other.place)
                                .average()
                                .orElse(node.place)));
                row.sort(Comparator.comparingDouble(wanted::get));
                spread(row);
            }
        }
    }

    private static void spread(List<Node> row) {
        for (int i = 0; i < row.size(); i++) {
            row.get(i).place = i - (row.size() - 1) / 2.0;
        }
    }

    private String write() {
        int rows = nodes.stream().mapToInt(node -> node.row).max().orElse(0) + 1;
        double widest =
                nodes.stream().mapToDouble(node -> Math.abs(node.place)).max().orElse(0);
        int width = (int) (2 * widest * COLUMN) + COLUMN + 20;
        StringBuilder svg = new StringBuilder("""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" font-family="sans-serif" font-size="11" text-anchor="middle">
            <style>rect{stroke:#555}line{stroke:#999}.operation{fill:#fff}.product{fill:#cfe3ff}.state{fill:#ffe3b8}.input{fill:#ddd}</style>
            """.formatted(width, rows * ROW + 10, width));
        for (Node node : nodes) {
            for (Node need : node.needs) {
                svg.append(String.format(
                        Locale.ROOT,
                        "<line x1=\"%.0f\" y1=\"%d\" x2=\"%.0f\" y2=\"%d\"/>%n".replace("%n", "\n"),
                        x(need, width),
                        y(need) + HEIGHT,
                        x(node, width),
                        y(node)));
            }
        }
        nodes.forEach(node -> box(svg, node, width));
        return svg.append("</svg>\n").toString();
    }

    private static void box(StringBuilder svg, Node node, int width) {
        double x = x(node, width);
        svg.append(String.format(
                Locale.ROOT,
                "<rect class=\"%s\" x=\"%.0f\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/>",
                node.style,
                x - WIDTH / 2.0,
                y(node),
                WIDTH,
                HEIGHT));
        boolean alone = node.detail.isEmpty();
        text(svg, x, y(node) + (alone ? 20 : 14), node.title);
        if (!alone) {
            text(svg, x, y(node) + 27, node.detail);
        }
        svg.append('\n');
    }

    private static void text(StringBuilder svg, double x, int y, String text) {
        svg.append(String.format(Locale.ROOT, "<text x=\"%.0f\" y=\"%d\">%s</text>", x, y, text));
    }

    private static double x(Node node, int width) {
        return width / 2.0 + node.place * COLUMN;
    }

    private static int y(Node node) {
        return 5 + node.row * ROW;
    }
}
