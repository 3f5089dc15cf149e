package bitnet.conformance;

import bitnet.HeadType;
import bitnet.forward.PageTable;
import bitnet.model.TokenTable;
import bitnet.spi.Kernels;
import bitnet.spi.Logits;
import bitnet.spi.Step;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@link Kernels#outputNorm} and {@link Kernels#logits}, of all tokens and of the best, for some of the rows. */
record HeadScenario(RandomTable.Kind kind, HeadType headType) implements Scenario {
    @Override
    public void run(KernelProbe probe, Shape shape, Recording recording) {
        Inputs inputs = new Inputs(51);
        Kernels kernels = probe.kernels();
        int columns = shape.hidden();
        TokenTable table = kind.table("head", VOCABULARY, columns, 12);
        kernels.embedding(table); // a backend may share the memory
        Kernels.Head head = kernels.head(table, headType);
        Kernels.Gain gain = kernels.gain(inputs.gain(columns));
        Kernels.Floats x = kernels.floats(columns);
        Kernels.Floats y = kernels.floats(columns);
        PageTable pages = new PageTable(kernels);
        pages.reserve(MAX_ROWS);
        Runnable program = () -> {
            kernels.outputNorm(x, gain, y);
            kernels.logits(head, y);
        };
        for (int rows : KernelConformance.ROWS) {
            for (int wanted = 0; wanted < 3; wanted++) {
                probe.write(x, columns, inputs.rows(rows, columns));
                Step step = new Step(MAX_ROWS);
                List<Logits> targets = new ArrayList<>();
                for (int row = 0; row < rows; row++) {
                    Logits target = target(wanted, row, rows);
                    step.add(pages.cache(), row, row, target);
                    if (target != null) {
                        targets.add(target);
                    }
                }
                kernels.run(step, program);
                for (int i = 0; i < targets.size(); i++) {
                    String what = "logits of output " + i + " of " + targets.size() + ", " + rows + " rows, top "
                            + targets.get(i).top();
                    recording.add(what, targets.get(i).ids());
                    recording.add(what, VOCABULARY, targets.get(i).values());
                }
            }
        }
    }

    /** Of no row but the last; of every row; of every third, all tokens or the best few in turn. */
    private static @Nullable Logits target(int wanted, int row, int rows) {
        return switch (wanted) {
            case 0 -> row == rows - 1 ? Logits.top(1) : null;
            case 1 -> Logits.all(VOCABULARY);
            default -> row % 3 == 1 ? Logits.top(row % 2 == 0 ? 40 : VOCABULARY + 3) : null;
        };
    }
}
