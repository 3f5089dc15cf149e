package bitnet.conformance;

import bitnet.forward.PageTable;
import bitnet.model.Activation;
import bitnet.model.DeltaShape;
import bitnet.model.FloatTable;
import bitnet.model.GatedDeltaNet;
import bitnet.model.ScaleGranularity;
import bitnet.model.Transformer;
import bitnet.spi.Kernels;
import bitnet.spi.Step;
import bitnet.tensor.ElementType;

/**
 * {@link Kernels#floatMatmul} and {@link Kernels#deltaNet}, over steps of two sequences whose rows are mixed, the states going on from
 * step to step.
 */
record DeltaNetScenario(DeltaShape delta, boolean grouped) implements Scenario {
    @Override
    public DeltaShape delta() {
        return delta;
    }

    @Override
    public void run(KernelProbe probe, Shape shape, Recording recording) {
        Inputs inputs = new Inputs(103);
        Kernels kernels = probe.kernels();
        Kernels.DeltaNet net = kernels.deltaNet(weights(shape));
        ElementType type = grouped ? ElementType.BF16 : ElementType.F32;
        Kernels.FloatMatrix beta = kernels.matrix(
                FloatTable.require(new RandomTable.Floats(type).table("beta", delta.valueHeads(), shape.hidden(), 7)));
        int projected = delta.channels() + delta.valueWidth() + delta.valueHeads();
        int width = projected + delta.valueHeads();
        Kernels.Floats x = kernels.floats(shape.hidden());
        Kernels.Floats mixed = kernels.floats(width);
        Kernels.Floats betas = kernels.part(mixed, projected, delta.valueHeads());
        Kernels.Floats out = kernels.floats(delta.valueWidth());
        PageTable one = new PageTable(kernels);
        PageTable other = one.beside();
        Runnable program = () -> {
            kernels.floatMatmul(beta, x, betas);
            kernels.deltaNet(0, net, mixed, out);
        };
        for (int round = 0; round < 2; round++) {
            for (int rows : KernelConformance.ROWS) {
                boolean ordinary = round == 0;
                probe.write(
                        x,
                        shape.hidden(),
                        ordinary ? inputs.normal(rows * shape.hidden(), 1) : inputs.rows(rows, shape.hidden()));
                probe.write(mixed, width, ordinary ? inputs.normal(rows * width, 2) : inputs.rows(rows, width));
                kernels.run(step(one, other, rows), program);
                recording.add(
                        "result of " + rows + " rows", delta.valueWidth(), probe.read(out, delta.valueWidth(), rows));
            }
        }
    }

    private static Step step(PageTable one, PageTable other, int rows) {
        one.reserve(rows);
        other.reserve(rows);
        Step step = new Step(MAX_ROWS);
        for (int row = 0; row < rows; row++) {
            PageTable pages = row % 5 == 3 ? other : one;
            step.add(pages.cache(), row, row, null);
        }
        return step;
    }

    private GatedDeltaNet weights(Shape shape) {
        Transformer model = new SyntheticHybrid("delta", shape, twoLayers(), ScaleGranularity.TENSOR, 0).transformer();
        GatedDeltaNet net = (GatedDeltaNet) model.layers().get(grouped ? 2 : 0).mixer();
        assert net.grouped() == grouped;
        return net;
    }

    private DeltaShape twoLayers() {
        return new DeltaShape(2, delta.keyHeads(), delta.valueHeads(), delta.headDim(), delta.kernel());
    }

    @Override
    public Activation activation() {
        return Activation.SILU;
    }
}
