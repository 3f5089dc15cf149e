package bitnet.coreml.export;

import bitnet.coreml.artifact.HeadType;
import bitnet.spi.Cancellation;
import bitnet.spi.Progress;

/**
 * How a model is exported.
 *
 * @param context positions that the state holds; 0 for what the model was trained for, at most 4096. Rounded up to a
 *     multiple of 32.
 * @param prefillBatch tokens of a prefill
 * @param chunks packages that the blocks are spread over; 0 for as many as keep each below {@link #MAX_PACKAGE_BYTES}
 * @param head how the head is stored
 * @param exactActivations whether activations are rounded to the int8 grid before every ternary product
 * @param progress told how far the export is
 * @param cancellation asked between tensors
 */
public record ExportOptions(
        int context,
        int prefillBatch,
        int chunks,
        HeadType head,
        boolean exactActivations,
        Progress progress,
        Cancellation cancellation) {
    /** Weights of a package, so that the compiler of the Neural Engine takes it: larger ones are reported to fail. */
    public static final long MAX_PACKAGE_BYTES = 250_000_000;

    /** @throws IllegalArgumentException if a number is out of range */
    public ExportOptions {
        if (context < 0 || prefillBatch < 2 || prefillBatch > 1024 || chunks < 0) {
            throw new IllegalArgumentException(
                    "context " + context + ", prefillBatch " + prefillBatch + " (2 to 1024), chunks " + chunks);
        }
    }

    /** The model's context, batches of 64, chunks as needed, an 8-bit head, F16 activations. */
    public static ExportOptions defaults() {
        return new ExportOptions(0, 64, 0, HeadType.LUT8, false, Progress.NONE, Cancellation.NEVER);
    }

    /** With another context. */
    public ExportOptions withContext(int positions) {
        return new ExportOptions(positions, prefillBatch, chunks, head, exactActivations, progress, cancellation);
    }

    /** With another batch. */
    public ExportOptions withPrefillBatch(int tokens) {
        return new ExportOptions(context, tokens, chunks, head, exactActivations, progress, cancellation);
    }

    /** With a number of packages for the blocks. */
    public ExportOptions withChunks(int packages) {
        return new ExportOptions(context, prefillBatch, packages, head, exactActivations, progress, cancellation);
    }

    /** With another type of head. */
    public ExportOptions withHead(HeadType type) {
        return new ExportOptions(context, prefillBatch, chunks, type, exactActivations, progress, cancellation);
    }

    /** With activations rounded to the int8 grid, or not. */
    public ExportOptions withExactActivations(boolean exact) {
        return new ExportOptions(context, prefillBatch, chunks, head, exact, progress, cancellation);
    }

    /** With someone who watches. */
    public ExportOptions withProgress(Progress watcher) {
        return new ExportOptions(context, prefillBatch, chunks, head, exactActivations, watcher, cancellation);
    }

    /** With someone who may cancel. */
    public ExportOptions withCancellation(Cancellation canceller) {
        return new ExportOptions(context, prefillBatch, chunks, head, exactActivations, progress, canceller);
    }
}
