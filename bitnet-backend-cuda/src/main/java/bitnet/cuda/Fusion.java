package bitnet.cuda;

import bitnet.model.Activation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes one operation of neighbours, where what passes between them is needed by nobody else: a norm and the product of its
 * codes (for one token), a product and the gate, a product or norms of heads and the rope. The buffer between them is not written then. The
 * output norm, joined with the logits, also makes the input of a screened head.
 */
final class Fusion {
    private final Gpu gpu;
    private final int rows;

    private Fusion(Gpu gpu, int rows) {
        this.gpu = gpu;
        this.rows = rows;
    }

    /** The operations to launch for a step of so many rows. */
    static List<Operation> fuse(List<Operation> recorded, Gpu gpu, int rows) {
        Fusion fusion = new Fusion(gpu, rows);
        List<Operation> fused = new ArrayList<>();
        for (int i = 0; i < recorded.size(); i++) {
            Operation next = recorded.get(i);
            Operation both = fused.isEmpty()
                    ? null
                    : fusion.join(fused.getLast(), next, recorded.subList(i + 1, recorded.size()));
            if (both != null) {
                fused.removeLast();
            }
            fused.add(both == null ? next : both);
        }
        return fused;
    }

    private @Nullable Operation join(Operation first, Operation second, List<Operation> rest) {
        if (first instanceof NormQuantize norm && second instanceof TernaryMatmul product) {
            // Blocks read all of x while others already write y.
            return rows == 1 && norm.q().equals(product.q()) && !norm.x().equals(product.y()) && isDead(norm.q(), rest)
                    ? product.with(norm, gpu)
                    : null;
        }
        if (first instanceof WideQuantize norm && second instanceof GroupedMatmul product) {
            return rows == 1 && norm.q().equals(product.q()) && !norm.x().equals(product.y()) && isDead(norm.q(), rest)
                    ? product.with(norm, gpu)
                    : null;
        }
        if (first instanceof HeadNorm norm && second instanceof RopeStore store) {
            return norm.qkv().equals(store.qkv()) ? norm.with(store.rope()) : null;
        }
        if (first instanceof GroupedMatmul product && second instanceof Gate gate) {
            return gate.activation() != Activation.GELU_TANH
                            && product.then() == TernaryMatmul.Then.STORE
                            && product.w().pairs() == RowOrder.Pairs.GATE
                            && gate.gateUp().equals(product.y())
                            && !product.reads(gate.h())
                            && isDead(product.y(), rest)
                    ? product.with(gated(gate), gate.h())
                    : null;
        }
        if (first instanceof OutputNorm norm && second instanceof LogitsOfRows logits) {
            return norm.y().equals(logits.y()) ? logits.with(norm) : null;
        }
        if (!(first instanceof TernaryMatmul product) || product.then() != TernaryMatmul.Then.STORE) {
            return null;
        }
        if (second instanceof Gate gate
                && gate.activation() != Activation.GELU_TANH
                && product.w().pairs() == RowOrder.Pairs.GATE
                && gate.gateUp().equals(product.y())
                && !product.reads(gate.h())
                && isDead(product.y(), rest)) {
            return new TernaryMatmul(product.w(), product.q(), gate.h(), gated(gate), null, product.input());
        }
        if (second instanceof RopeStore store
                && product.w().pairs() == RowOrder.Pairs.ROPE
                && store.qkv().equals(product.y())) {
            return new TernaryMatmul(
                    product.w(), product.q(), product.y(), TernaryMatmul.Then.ROPE, store.rope(), product.input());
        }
        return null;
    }

    private static TernaryMatmul.Then gated(Gate gate) {
        return gate.activation() == Activation.SILU ? TernaryMatmul.Then.SILU : TernaryMatmul.Then.SQUARED_RELU;
    }

    /** Whether nobody reads a buffer before it is written anew. */
    private static boolean isDead(Object buffer, List<Operation> rest) {
        for (Operation operation : rest) {
            if (operation.reads(buffer)) {
                return false;
            }
            if (operation.overwrites(buffer)) {
                return true;
            }
        }
        return true;
    }
}
