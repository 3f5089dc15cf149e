package bitnet.safetensors;

import bitnet.model.ScaleGranularity;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Which weights share a scale in a whole checkpoint of MLX: all its matrices are read alike, and like those of GGUF files. */
final class AffineScales {
    private static final String SCALES = ".scales";

    private AffineScales() {}

    /** The granularity of a checkpoint. Groups of 64 count only if two of them differ somewhere. */
    static ScaleGranularity of(Checkpoint checkpoint, Quantization.Affine affine) {
        boolean pairs = affine.groupSize() == ScaleGranularity.GROUP_128.columns()
                || checkpoint.tensors().stream()
                        .filter(tensor -> tensor.name().endsWith(SCALES))
                        .allMatch(AffineScales::areEqualInPairs);
        return pairs ? ScaleGranularity.GROUP_128 : ScaleGranularity.GROUP_64;
    }

    /** The last scale of an odd number in a row stands alone. */
    private static boolean areEqualInPairs(StoredTensor tensor) {
        if (tensor.shape().size() != 2 || tensor.dtype() != Dtype.F16) {
            return true; // its reader refuses it
        }
        long groups = tensor.shape().getLast();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment scales = tensor.data().load(arena);
            long count = scales.byteSize() / Short.BYTES;
            for (long i = 1; i < count; i++) {
                if (i % groups % 2 == 1
                        && scales.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i)
                                != scales.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i - 1)) {
                    return false;
                }
            }
        }
        return true;
    }
}
