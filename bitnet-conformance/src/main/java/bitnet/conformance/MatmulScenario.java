package bitnet.conformance;

import bitnet.forward.PageTable;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTensor;
import bitnet.spi.Kernels;
import java.util.List;

/** {@link Kernels#ternaryMatmul} and {@link Kernels#ternaryMatmulAdd} with the matrices of a layer. */
record MatmulScenario(Projection projection, ScaleGranularity granularity) implements Scenario {
    enum Projection {
        QKV,
        OUTPUT,
        GATE_UP,
        DOWN;

        /** To the residual. */
        boolean adds() {
            return this == OUTPUT || this == DOWN;
        }
    }

    @Override
    public void run(KernelProbe probe, Shape shape, Recording recording) {
        Inputs inputs = new Inputs(30);
        Kernels kernels = probe.kernels();
        List<TernaryTensor> stacked = matrices(shape);
        int columns = stacked.getFirst().columns();
        int outputs = stacked.stream().mapToInt(TernaryTensor::rows).sum();
        boolean add = projection.adds();
        Kernels.TernaryMatrix matrix = kernels.ternary(stacked);
        Kernels.Floats x = kernels.floats(columns);
        Kernels.Quantized q = kernels.quantized(columns, granularity.activations());
        Kernels.Floats y = kernels.floats(outputs);
        PageTable pages = new PageTable(kernels);
        Runnable program = () -> {
            kernels.quantize(x, q);
            if (add) {
                kernels.ternaryMatmulAdd(matrix, q, y);
            } else {
                kernels.ternaryMatmul(matrix, q, y);
            }
        };
        for (int rows : KernelConformance.ROWS) {
            probe.write(x, columns, inputs.rows(rows, columns));
            probe.write(y, outputs, inputs.normal(rows * outputs, 1f));
            kernels.run(Scenario.step(pages, rows), program);
            recording.add(projection + " of " + rows + " rows", outputs, probe.read(y, outputs, rows));
        }
    }

    private List<TernaryTensor> matrices(Shape shape) {
        return switch (projection) {
            case QKV ->
                List.of(
                        matrix(shape.queryWidth(), shape.hidden(), 1),
                        matrix(shape.kvWidth(), shape.hidden(), 2),
                        matrix(shape.kvWidth(), shape.hidden(), 3));
            case OUTPUT -> List.of(matrix(shape.hidden(), shape.queryWidth(), 4));
            case GATE_UP ->
                List.of(matrix(shape.feedForward(), shape.hidden(), 5), matrix(shape.feedForward(), shape.hidden(), 6));
            case DOWN -> List.of(matrix(shape.hidden(), shape.feedForward(), 7));
        };
    }

    private TernaryTensor matrix(int rows, int columns, int seed) {
        return new RandomTernary("matrix " + seed, rows, columns, granularity, 0.01f + seed / 71f, seed);
    }
}
