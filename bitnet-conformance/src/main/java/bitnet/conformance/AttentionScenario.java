package bitnet.conformance;

import bitnet.KvType;
import bitnet.forward.PageTable;
import bitnet.model.AttentionScope;
import bitnet.model.Rope;
import bitnet.model.RopeFrequencies;
import bitnet.spi.Kernels;
import bitnet.spi.Step;

/**
 * {@link Kernels#ropeStore} and {@link Kernels#attention}: two sequences that share steps, across chunk borders, then a
 * fork of one of them that shares its first page, then positions written anew, in the shared page as well.
 *
 * @param window of a layer with a scope of its own; 0 for the model's
 */
record AttentionScenario(KvType kvType, int window) implements Scenario {
    /** In the model's own scope. */
    AttentionScenario(KvType kvType) {
        this(kvType, 0);
    }

    @Override
    public void run(KernelProbe probe, Shape shape, Recording recording) {
        if (window > 0) {
            Rope rope = new Rope(RopeFrequencies.of(10_000, shape.headDim()));
            probe.kernels().attends(LAYERS - 1, new AttentionScope(rope, window, AttentionScope.scale(50)));
        }
        Run run = new Run(probe, shape, recording, new Inputs(61));
        PageTable a = new PageTable(probe.kernels());
        PageTable b = a.beside();
        run.rows(a, 0, 1, b, 0, 0);
        run.rows(a, 1, 33, b, 0, 7);
        run.rows(a, 34, 29, b, 7, 2);
        run.rows(a, 63, 1, b, 9, 1);
        run.rows(a, 64, 1, b, 10, 1);
        run.rows(a, 65, 33, b, 11, 0);
        run.rows(a, 98, 33, b, 11, 1);
        PageTable fork = a.beside();
        fork.share(a, 70);
        run.rows(fork, 70, 3, a, 131, 2);
        run.rows(a, 20, 5, fork, 73, 1);
        run.rows(fork, 74, 1, a, 25, 1);
        fork.close();
        run.rows(a, 26, 33, b, 12, 7);
    }

    /** Steps of one program. */
    static final class Run {
        private final KernelProbe probe;
        private final Shape shape;
        private final Recording recording;
        private final Inputs inputs;
        private final Kernels.Floats qkv;
        private final Kernels.Floats out;

        Run(KernelProbe probe, Shape shape, Recording recording, Inputs inputs) {
            this.probe = probe;
            this.shape = shape;
            this.recording = recording;
            this.inputs = inputs;
            qkv = probe.kernels().floats(shape.qkvWidth());
            out = probe.kernels().floats(shape.queryWidth());
        }

        /** A step with {@code n} rows of one sequence and {@code m} of another. */
        void rows(PageTable first, int from, int n, PageTable second, int start, int m) {
            Step step = new Step(MAX_ROWS);
            add(step, first, from, n);
            add(step, second, start, m);
            float[] values = inputs.normal((n + m) * shape.qkvWidth(), 1f);
            for (int row = 0; row < n + m; row += 3) {
                // Large queries: most of the weights underflow to zero.
                for (int i = 0; i < shape.queryWidth(); i++) {
                    values[row * shape.qkvWidth() + i] *= 40f;
                }
            }
            // A query that is no number, and a key: its score is none for anybody. A value would reach the rows before
            // it.
            for (int row = 1; row < n + m; row += 5) {
                values[row * shape.qkvWidth() + row % shape.queryWidth()] = Inputs.NOT_FINITE[row / 5 % 4];
                values[row * shape.qkvWidth() + shape.queryWidth() + row % shape.kvWidth()] =
                        Inputs.NOT_FINITE[row / 5 % 4];
            }
            probe.write(qkv, shape.qkvWidth(), values);
            probe.kernels().run(step, this::program);
            String what = n + " rows from " + from + " and " + m + " from " + start;
            recording.add("attention of " + what, shape.queryWidth(), probe.read(out, shape.queryWidth(), n + m));
            recording.add("queries of " + what, shape.queryWidth(), queries(n + m));
        }

        private static void add(Step step, PageTable pages, int from, int n) {
            pages.reserve(from, from + n);
            for (int i = 0; i < n; i++) {
                step.add(pages.cache(), from + i, 0, null);
            }
        }

        private void program() {
            Kernels kernels = probe.kernels();
            kernels.ropeStore(LAYERS - 1, qkv);
            kernels.attention(LAYERS - 1, qkv, out);
        }

        /** The rotated queries. What becomes of keys and values outside of the cache is the backend's affair. */
        private float[] queries(int rows) {
            float[] all = probe.read(qkv, shape.qkvWidth(), rows);
            float[] queries = new float[rows * shape.queryWidth()];
            for (int row = 0; row < rows; row++) {
                System.arraycopy(all, row * shape.qkvWidth(), queries, row * shape.queryWidth(), shape.queryWidth());
            }
            return queries;
        }
    }
}
