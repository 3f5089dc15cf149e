package bitnet.convert;

import bitnet.tensor.ElementType;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What was written.
 *
 * @param target the file
 * @param bytes its size
 * @param architecture {@code general.architecture}
 * @param type of the ternary weights
 * @param embeddingType of the embedding; null where it is ternary, and of the same type as the other weights
 * @param verification what reading it back showed; null if that was not wanted
 */
public record ConversionReport(
        Path target,
        long bytes,
        String architecture,
        WeightType type,
        @Nullable ElementType embeddingType,
        @Nullable Verification verification) {}
