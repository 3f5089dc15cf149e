package bitnet.conformance;

import bitnet.forward.PageTable;
import bitnet.spi.Kernels;

/** {@link Kernels#embed} from a table of one kind. */
record EmbedScenario(RandomTable.Kind kind) implements Scenario {
    @Override
    public void run(KernelProbe probe, Shape shape, Recording recording) {
        Kernels kernels = probe.kernels();
        int columns = shape.hidden();
        Kernels.Embedding table = kernels.embedding(kind.table("embedding", VOCABULARY, columns, 11));
        Kernels.Floats x = kernels.floats(columns);
        PageTable pages = new PageTable(kernels);
        Runnable program = () -> kernels.embed(table, x);
        for (int rows : KernelConformance.ROWS) {
            kernels.run(Scenario.step(pages, rows), program);
            recording.add("embed of " + rows + " rows", columns, probe.read(x, columns, rows));
        }
    }
}
