package bitnet.conformance;

import bitnet.forward.PageTable;
import bitnet.model.ActivationPrecision;
import bitnet.model.ScaleGranularity;
import bitnet.spi.Kernels;
import java.util.List;

/** {@link Kernels#part}: products of differently normed rows, each into its columns of the same rows. */
record PartScenario() implements Scenario {
    @Override
    public void run(KernelProbe probe, Shape shape, Recording recording) {
        Inputs inputs = new Inputs(89);
        Kernels kernels = probe.kernels();
        int columns = shape.hidden();
        int width = shape.qkvWidth();
        Kernels.Gain first = kernels.gain(inputs.gain(columns));
        Kernels.Gain second = kernels.gain(inputs.gain(columns));
        Kernels.TernaryMatrix queries = kernels.ternary(List.of(matrix(shape.queryWidth(), columns, 1)));
        Kernels.TernaryMatrix others =
                kernels.ternary(List.of(matrix(shape.kvWidth(), columns, 2), matrix(shape.kvWidth(), columns, 3)));
        Kernels.Floats x = kernels.floats(columns);
        Kernels.Floats qkv = kernels.floats(width);
        Kernels.Floats left = kernels.part(qkv, 0, shape.queryWidth());
        Kernels.Floats right = kernels.part(qkv, shape.queryWidth(), 2 * shape.kvWidth());
        Kernels.Quantized q = kernels.quantized(columns, ActivationPrecision.INT8_PER_TOKEN);
        PageTable pages = new PageTable(kernels);
        Runnable program = () -> {
            kernels.normQuantize(x, second, q);
            kernels.ternaryMatmul(others, q, right);
            kernels.normQuantize(x, first, q);
            kernels.ternaryMatmul(queries, q, left);
        };
        for (int rows : KernelConformance.ROWS) {
            probe.write(x, columns, inputs.rows(rows, columns));
            kernels.run(Scenario.step(pages, rows), program);
            recording.add("parts of " + rows + " rows", width, probe.read(qkv, width, rows));
        }
    }

    private static RandomTernary matrix(int rows, int columns, int seed) {
        return new RandomTernary("part " + seed, rows, columns, ScaleGranularity.TENSOR, 0.1f * seed, seed);
    }
}
