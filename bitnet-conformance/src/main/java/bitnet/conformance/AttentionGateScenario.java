package bitnet.conformance;

import bitnet.forward.PageTable;
import bitnet.spi.Kernels;

/** {@link Kernels#attentionGate}. */
record AttentionGateScenario() implements Scenario {
    @Override
    public void run(KernelProbe probe, Shape shape, Recording recording) {
        Inputs inputs = new Inputs(101);
        Kernels kernels = probe.kernels();
        int columns = shape.queryWidth();
        int width = shape.qkvWidth() + columns;
        Kernels.Floats qkv = kernels.floats(width);
        Kernels.Floats out = kernels.floats(columns);
        PageTable pages = new PageTable(kernels);
        Runnable program = () -> kernels.attentionGate(qkv, out);
        for (int rows : KernelConformance.ROWS) {
            probe.write(qkv, width, inputs.rows(rows, width));
            probe.write(out, columns, inputs.rows(rows, columns));
            kernels.run(Scenario.step(pages, rows), program);
            recording.add("gated, " + rows + " rows", columns, probe.read(out, columns, rows));
        }
    }
}
