package bitnet.benchmarks;

import bitnet.KvType;
import bitnet.forward.PageTable;
import bitnet.model.ActivationPrecision;
import bitnet.model.ModelConfig;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;
import bitnet.spi.Logits;
import bitnet.spi.Progress;
import bitnet.spi.Step;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Kernels with buffers that hold activations, and steps on one sequence. */
final class Bench implements AutoCloseable {
    final Kernels kernels;
    private final PageTable pages;
    private final Step step;

    Bench(String variant, int threads, ModelConfig config, int tokens) {
        CompileOptions options = new CompileOptions(
                config.contextLength(), threads, tokens, KvType.F16, 0, Progress.NONE, Cancellation.NEVER);
        kernels = Variant.kernels(variant, config, options);
        pages = new PageTable(kernels);
        step = new Step(tokens);
    }

    /** The same {@code tokens} rows for each run, from {@code position} on. */
    void rows(int position, int tokens, @Nullable Logits target) {
        step.clear();
        pages.reserve(position + tokens);
        for (int i = 0; i < tokens; i++) {
            step.add(pages.cache(), position + i, i * 7, i == tokens - 1 ? target : null);
        }
    }

    /**
     * Fills a buffer with numbers of every size that quantisation meets, by the kernels' own operations: an embedding's rows
     * times a ternary matrix.
     */
    void fill(Kernels.Floats x, int columns, int tokens, Kernels.Embedding embedding) {
        Kernels.Floats hidden = kernels.floats(Shapes.HIDDEN);
        Kernels.Quantized q = kernels.quantized(Shapes.HIDDEN, ActivationPrecision.INT8_PER_TOKEN);
        Kernels.TernaryMatrix mix = kernels.ternary(List.of(Shapes.ternary(columns, Shapes.HIDDEN, 3)));
        rows(0, tokens, null);
        run(() -> {
            kernels.embed(embedding, hidden);
            kernels.quantize(hidden, q);
            kernels.ternaryMatmul(mix, q, x);
        });
    }

    void run(Runnable program) {
        kernels.run(step, program);
    }

    @Override
    public void close() {
        kernels.close();
    }
}
