package bitnet.conformance;

import bitnet.spi.Kernels;
import bitnet.tensor.ElementType;

/** {@link Kernels#embed}. */
record EmbedScenario(ElementType type) implements Scenario {
    @Override
    public void run(KernelProbe probe, Shape shape, Recording recording) {
        Kernels kernels = probe.kernels();
        int columns = shape.hidden();
        Kernels.Embedding table = kernels.embedding(RandomTable.of("embedding", type, VOCABULARY, columns, 11));
        Kernels.Floats x = kernels.floats(columns);
        Kernels.Cache cache = kernels.cache();
        Runnable program = () -> kernels.embed(table, x);
        for (int rows : KernelConformance.ROWS) {
            kernels.run(Scenario.step(cache, rows), program);
            recording.add("embed of " + rows + " rows", columns, probe.read(x, columns, rows));
        }
    }
}
