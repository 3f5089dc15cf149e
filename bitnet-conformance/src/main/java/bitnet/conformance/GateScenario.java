package bitnet.conformance;

import bitnet.forward.PageTable;
import bitnet.model.Activation;
import bitnet.spi.Kernels;

/** {@link Kernels#gate}. */
record GateScenario(Activation activation) implements Scenario {
    private static final float[] SPECIAL = {
        0f, -0f, 1e-30f, -1e-30f, 0.5f, -0.5f, 1f, -1f, 17f, -17f, 86.99999f, -86.99999f, 87f, -87f, 1e4f, -1e4f
    };

    @Override
    public void run(KernelProbe probe, Shape shape, Recording recording) {
        Inputs inputs = new Inputs(41);
        Kernels kernels = probe.kernels();
        int columns = shape.feedForward();
        Kernels.Floats gateUp = kernels.floats(2 * columns);
        Kernels.Floats h = kernels.floats(columns);
        PageTable pages = new PageTable(kernels);
        Runnable program = () -> kernels.gate(activation, gateUp, h);
        for (int rows : KernelConformance.ROWS) {
            float[] values = inputs.normal(rows * 2 * columns, 6f);
            for (int i = 0; i < values.length; i += 5) {
                values[i] = SPECIAL[i / 5 % SPECIAL.length];
            }
            for (int i = 0; i < values.length; i += 31) {
                values[i] = Inputs.NOT_FINITE[i / 31 % Inputs.NOT_FINITE.length];
            }
            probe.write(gateUp, 2 * columns, values);
            kernels.run(Scenario.step(pages, rows), program);
            recording.add("gate of " + rows + " rows", columns, probe.read(h, columns, rows));
        }
    }
}
