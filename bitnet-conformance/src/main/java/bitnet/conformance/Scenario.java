package bitnet.conformance;

import bitnet.KvType;
import bitnet.forward.PageTable;
import bitnet.model.Activation;
import bitnet.model.DeltaShape;
import bitnet.spi.Step;
import org.jspecify.annotations.Nullable;

/** Puts seeded data through one operation, in several steps, and records what comes out. Runs one program alone. */
interface Scenario {
    /** Layers of the shape's model. */
    int LAYERS = 2;

    /** Tokens of the shape's model. */
    int VOCABULARY = 515;

    /** Rows that the kernels are asked to make room for. */
    int MAX_ROWS = 40;

    /** Runs it. */
    void run(KernelProbe probe, Shape shape, Recording recording);

    /** The cache's type. */
    default KvType kvType() {
        return KvType.F16;
    }

    /** The model's activation. */
    default Activation activation() {
        return Activation.SQUARED_RELU;
    }

    /** The shape of a layer of gated DeltaNet; null where the model has none. */
    default @Nullable DeltaShape delta() {
        return null;
    }

    /** A step of {@code rows} rows at positions 0, 1, .. of a sequence, without outputs. */
    static Step step(PageTable pages, int rows) {
        pages.reserve(rows);
        Step step = new Step(MAX_ROWS);
        for (int row = 0; row < rows; row++) {
            step.add(pages.cache(), row, (row * 131 + 7) % VOCABULARY, null);
        }
        return step;
    }
}
