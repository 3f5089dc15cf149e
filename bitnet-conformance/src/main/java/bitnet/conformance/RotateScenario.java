package bitnet.conformance;

import bitnet.forward.PageTable;
import bitnet.spi.Kernels;

/**
 * {@link Kernels#rotate} to other rows and in place, and {@link Kernels#rotateBack}.
 *
 * @param block of the transform
 * @param blocks in a row
 */
record RotateScenario(int block, int blocks) implements Scenario {
    @Override
    public void run(KernelProbe probe, Shape shape, Recording recording) {
        Inputs inputs = new Inputs(97);
        Kernels kernels = probe.kernels();
        int columns = block * blocks;
        Kernels.Hadamard rotation = kernels.hadamard(SyntheticHybrid.randomRotation(columns, block));
        Kernels.Floats x = kernels.floats(columns);
        Kernels.Floats y = kernels.floats(columns);
        Kernels.Floats back = kernels.floats(columns);
        PageTable pages = new PageTable(kernels);
        Runnable program = () -> {
            kernels.rotate(rotation, x, y);
            kernels.rotate(rotation, x, x);
            kernels.rotateBack(rotation, back);
        };
        for (int rows : KernelConformance.ROWS) {
            float[] values = inputs.rows(rows, columns);
            probe.write(x, columns, values);
            probe.write(back, columns, values);
            kernels.run(Scenario.step(pages, rows), program);
            recording.add("rotated, " + rows + " rows", columns, probe.read(y, columns, rows));
            recording.add("rotated in place, " + rows + " rows", columns, probe.read(x, columns, rows));
            recording.add("rotated back, " + rows + " rows", columns, probe.read(back, columns, rows));
        }
    }
}
