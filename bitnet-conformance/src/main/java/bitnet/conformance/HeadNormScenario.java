package bitnet.conformance;

import bitnet.forward.PageTable;
import bitnet.spi.Kernels;

/** {@link Kernels#headNorm}: queries and keys change, values do not. */
record HeadNormScenario() implements Scenario {
    @Override
    public void run(KernelProbe probe, Shape shape, Recording recording) {
        Inputs inputs = new Inputs(71);
        Kernels kernels = probe.kernels();
        int columns = shape.qkvWidth();
        Kernels.Gain query = kernels.gain(inputs.gain(shape.headDim()));
        Kernels.Gain key = kernels.gain(inputs.gain(shape.headDim()));
        Kernels.Floats qkv = kernels.floats(columns);
        PageTable pages = new PageTable(kernels);
        Runnable program = () -> kernels.headNorm(query, key, qkv);
        for (int rows : KernelConformance.ROWS) {
            probe.write(qkv, columns, inputs.rows(rows, columns));
            kernels.run(Scenario.step(pages, rows), program);
            recording.add("heads of " + rows + " rows", columns, probe.read(qkv, columns, rows));
        }
    }
}
