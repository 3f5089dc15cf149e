package bitnet.conformance;

import bitnet.KvType;
import bitnet.forward.PageTable;
import bitnet.spi.Kernels;

/** {@link Kernels#attention} over a few thousand positions, up to the last one that fits. */
record LongContextScenario(KvType kvType) implements Scenario {
    @Override
    public void run(KernelProbe probe, Shape shape, Recording recording) {
        AttentionScenario.Run run = new AttentionScenario.Run(probe, shape, recording, new Inputs(71));
        PageTable cache = new PageTable(probe.kernels());
        PageTable other = cache.beside();
        int position = 0;
        while (position + 39 <= 2200) {
            run.rows(cache, position, 39, other, position / 39, 1);
            position += 39;
        }
        run.rows(cache, position, 1, other, 2, 1);
    }
}
