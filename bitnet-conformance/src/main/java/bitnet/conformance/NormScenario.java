package bitnet.conformance;

import bitnet.forward.PageTable;
import bitnet.spi.Kernels;

/** {@link Kernels#scale}, {@link Kernels#norm} and {@link Kernels#normAdd} of rows of the model's width. */
record NormScenario() implements Scenario {
    @Override
    public void run(KernelProbe probe, Shape shape, Recording recording) {
        Inputs inputs = new Inputs(83);
        Kernels kernels = probe.kernels();
        int columns = shape.hidden();
        Kernels.Gain first = kernels.gain(inputs.gain(columns));
        Kernels.Gain second = kernels.gain(inputs.gain(columns));
        Kernels.Floats x = kernels.floats(columns);
        Kernels.Floats y = kernels.floats(columns);
        PageTable pages = new PageTable(kernels);
        Runnable program = () -> {
            kernels.scale(x, (float) Math.sqrt(columns));
            kernels.norm(x, first, y);
            kernels.normAdd(y, second, x);
        };
        for (int rows : KernelConformance.ROWS) {
            probe.write(x, columns, inputs.rows(rows, columns));
            kernels.run(Scenario.step(pages, rows), program);
            recording.add("norm of " + rows + " rows", columns, probe.read(y, columns, rows));
            recording.add("sum of " + rows + " rows", columns, probe.read(x, columns, rows));
        }
    }
}
