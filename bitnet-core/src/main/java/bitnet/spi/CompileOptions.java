package bitnet.spi;

import bitnet.KvType;

/**
 * What a backend needs to know beside the model.
 *
 * @param contextLength positions that a sequence may hold
 * @param threads worker threads of a CPU backend; 0 lets the backend choose
 * @param maxRows tokens that one step of the forward pass handles; longer batches are cut
 * @param kvType how keys and values are stored
 * @param device index among devices of the family
 * @param progress told how far compilation is
 * @param cancellation asked between tensors
 */
public record CompileOptions(
        int contextLength,
        int threads,
        int maxRows,
        KvType kvType,
        int device,
        Progress progress,
        Cancellation cancellation) {
    /** @throws IllegalArgumentException if a number is out of range */
    public CompileOptions {
        if (contextLength < 1 || threads < 0 || maxRows < 1 || device < 0) {
            throw new IllegalArgumentException("contextLength " + contextLength + ", threads " + threads + ", maxRows "
                    + maxRows + ", device " + device);
        }
    }

    /** F16 cache, the backend's choice of threads, steps of up to 512 tokens. */
    public static CompileOptions of(int contextLength) {
        return new CompileOptions(contextLength, 0, 512, KvType.F16, 0, Progress.NONE, Cancellation.NEVER);
    }
}
