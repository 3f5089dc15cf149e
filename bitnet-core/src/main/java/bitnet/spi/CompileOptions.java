package bitnet.spi;

import bitnet.HeadType;
import bitnet.KvType;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a backend needs to know beside the model.
 *
 * @param contextLength positions that a sequence may hold
 * @param threads worker threads of a CPU backend; 0 lets the backend choose
 * @param maxRows tokens that one step of the forward pass handles; longer batches are cut
 * @param kvType how keys and values are stored
 * @param head how logits are computed
 * @param device index among devices of the family
 * @param progress told how far compilation is
 * @param cancellation asked between tensors
 * @param source the model's file or directory, for backends that look for something beside it; null if it has none
 */
public record CompileOptions(
        int contextLength,
        int threads,
        int maxRows,
        KvType kvType,
        HeadType head,
        int device,
        Progress progress,
        Cancellation cancellation,
        @Nullable Path source) {
    /** @throws IllegalArgumentException if a number is out of range */
    public CompileOptions {
        if (contextLength < 1 || threads < 0 || maxRows < 1 || device < 0) {
            throw new IllegalArgumentException("contextLength " + contextLength + ", threads " + threads + ", maxRows "
                    + maxRows + ", device " + device);
        }
    }

    /** For a model of no file, with an exact head. */
    public CompileOptions(
            int contextLength,
            int threads,
            int maxRows,
            KvType kvType,
            int device,
            Progress progress,
            Cancellation cancellation) {
        this(contextLength, threads, maxRows, kvType, HeadType.EXACT, device, progress, cancellation, null);
    }

    /** F16 cache, an exact head, the backend's choice of threads, steps of up to 512 tokens. */
    public static CompileOptions of(int contextLength) {
        return new CompileOptions(contextLength, 0, 512, KvType.F16, 0, Progress.NONE, Cancellation.NEVER);
    }

    /** These options for a model of this file or directory. */
    public CompileOptions withSource(Path path) {
        return new CompileOptions(contextLength, threads, maxRows, kvType, head, device, progress, cancellation, path);
    }

    /** These options with another {@link #head()}. */
    public CompileOptions withHead(HeadType type) {
        return new CompileOptions(
                contextLength, threads, maxRows, kvType, type, device, progress, cancellation, source);
    }
}
