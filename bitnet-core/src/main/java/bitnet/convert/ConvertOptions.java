package bitnet.convert;

import bitnet.spi.Cancellation;
import bitnet.spi.KernelBackend;
import bitnet.spi.Progress;
import bitnet.tensor.ElementType;
import bitnet.tensor.I2sLayout;
import bitnet.tensor.Quantize;
import org.jspecify.annotations.Nullable;

/**
 * How to convert a model.
 *
 * @param type of the ternary weights
 * @param embeddingType of the embedding and of an untied head, one that {@link Quantize} writes; null keeps what the source
 *     has where that can be written, and takes F16 where not
 * @param layout of I2_S weights: {@link I2sLayout#X86} or {@link I2sLayout#ARM}
 * @param overwrite whether a file that is there already may be replaced
 * @param verify whether to read the file back and compare everything before it gets its name
 * @param probe runs a prompt through the source and through the file while verifying; null for none
 * @param progress told about the bytes of tensors written
 * @param cancellation asked between tensors
 */
public record ConvertOptions(
        WeightType type,
        @Nullable ElementType embeddingType,
        I2sLayout layout,
        boolean overwrite,
        boolean verify,
        @Nullable KernelBackend probe,
        Progress progress,
        Cancellation cancellation) {

    /** @throws IllegalArgumentException if the embedding type or the layout is one that is only read */
    public ConvertOptions {
        if (embeddingType != null && !Quantize.supports(embeddingType)) {
            throw new IllegalArgumentException("embeddings are not written as " + embeddingType);
        }
        if (layout == I2sLayout.FOUR_ROWS) {
            throw new IllegalArgumentException("I2_S is written in the layouts X86 and ARM");
        }
    }

    /** This type, the source's embedding, the x86 layout, verified, never overwriting. */
    public static ConvertOptions to(WeightType type) {
        return new ConvertOptions(type, null, I2sLayout.X86, false, true, null, Progress.NONE, Cancellation.NEVER);
    }

    /** With another type for the embedding and the head. */
    public ConvertOptions withEmbeddingType(@Nullable ElementType other) {
        return new ConvertOptions(type, other, layout, overwrite, verify, probe, progress, cancellation);
    }

    /** With another layout of I2_S weights. */
    public ConvertOptions withLayout(I2sLayout other) {
        return new ConvertOptions(type, embeddingType, other, overwrite, verify, probe, progress, cancellation);
    }

    /** Whether a file that is there already may be replaced. */
    public ConvertOptions withOverwrite(boolean allowed) {
        return new ConvertOptions(type, embeddingType, layout, allowed, verify, probe, progress, cancellation);
    }

    /** Whether to read the file back. */
    public ConvertOptions withVerify(boolean wanted) {
        return new ConvertOptions(type, embeddingType, layout, overwrite, wanted, probe, progress, cancellation);
    }

    /** With a backend that compares logits while verifying. */
    public ConvertOptions withProbe(@Nullable KernelBackend backend) {
        return new ConvertOptions(type, embeddingType, layout, overwrite, verify, backend, progress, cancellation);
    }

    /** With somebody to tell about progress. */
    public ConvertOptions withProgress(Progress listener) {
        return new ConvertOptions(type, embeddingType, layout, overwrite, verify, probe, listener, cancellation);
    }

    /** With a way to stop. */
    public ConvertOptions withCancellation(Cancellation other) {
        return new ConvertOptions(type, embeddingType, layout, overwrite, verify, probe, progress, other);
    }
}
