package bitnet.forward;

import bitnet.model.Linear;
import bitnet.spi.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The linear projections of the residual that begin a mixer or a feed-forward network, each behind the other in the rows of the result.
 * Those that norm and rotate their input alike, or not at all, are one product and share its rounding.
 *
 * @param norm of the residual before the projections norm it again; null where they do not
 * @param input of the products
 * @param products with the rows that each writes
 */
record Projections(Kernels kernels, Kernels.@Nullable Gain norm, Kernels.Floats input, List<Product> products) {
    record Product(Projection projection, Kernels.Floats to) {}

    /**
     * Gives the tensors to the kernels.
     *
     * @param norm of the residual
     * @param to rows of all results
     */
    static Projections of(Kernels kernels, float[] norm, Rows rows, List<Linear> linears, Kernels.Floats to) {
        List<List<Linear>> alike = alike(linears);
        if (alike.size() == 1 && linears.getFirst().inputNorm() == null) {
            Kernels.Quantized codes = rows.hidden(linears.getFirst().activations());
            Kernels.Floats turned = linears.getFirst().rotation() == null ? null : rows.normed;
            Product all = new Product(Projection.of(kernels, norm, codes, turned, linears), to);
            return new Projections(kernels, null, rows.residual, List.of(all));
        }
        return new Projections(kernels, kernels.gain(norm), rows.normed, products(kernels, rows, alike, to));
    }

    /** The same of rows that {@link Rows#normed} holds already. */
    static Projections ofNormed(Kernels kernels, Rows rows, List<Linear> linears, Kernels.Floats to) {
        return new Projections(kernels, null, rows.normed, products(kernels, rows, alike(linears), to));
    }

    private static List<Product> products(Kernels kernels, Rows rows, List<List<Linear>> groups, Kernels.Floats to) {
        List<Product> products = new ArrayList<>();
        int column = 0;
        for (List<Linear> alike : groups) {
            Linear first = alike.getFirst();
            int columns =
                    alike.stream().mapToInt(linear -> linear.weight().rows()).sum();
            Kernels.Floats turned = first.rotation() == null ? null : rows.turned();
            Projection projection = Projection.of(kernels, rows.hidden(first.activations()), turned, alike);
            products.add(new Product(projection, kernels.part(to, column, columns)));
            column += columns;
        }
        return products;
    }

    /** Neighbours of equal norms and rotations. */
    private static List<List<Linear>> alike(List<Linear> linears) {
        List<List<Linear>> groups = new ArrayList<>();
        for (Linear linear : linears) {
            if (groups.isEmpty() || !areAlike(groups.getLast().getFirst(), linear)) {
                groups.add(new ArrayList<>());
            }
            groups.getLast().add(linear);
        }
        return groups;
    }

    private static boolean areAlike(Linear one, Linear other) {
        return Arrays.equals(one.inputNorm(), other.inputNorm()) && Objects.equals(one.rotation(), other.rotation());
    }

    void multiply(Rows rows) {
        if (norm != null) {
            kernels.norm(rows.residual, norm, input);
        }
        for (int i = 0; i < products.size(); i++) {
            Product product = products.get(i);
            product.projection().multiply(input, product.to());
        }
    }
}
