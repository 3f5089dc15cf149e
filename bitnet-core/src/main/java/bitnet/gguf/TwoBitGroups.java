package bitnet.gguf;

import java.util.Comparator;
import java.util.List;

/**
 * Type id 42 has had two meanings: blocks of 64 weights (Q2_0 of llama.cpp) and, in older files, blocks of 128 (today PQ2_0, id
 * 142). Metadata is the same in both; the offsets of the tensors tell them apart, since each begins where the one before it ends.
 */
final class TwoBitGroups {
    private TwoBitGroups() {}

    /**
     * The tensors with the id that their blocks have today.
     *
     * @param tensors with offsets relative to the data
     * @param dataBytes from the first tensor's place to the file's end
     */
    static List<GgufTensor> resolve(List<GgufTensor> tensors, long alignment, long dataBytes) {
        if (tensors.stream().noneMatch(tensor -> tensor.typeId() == GgufTensorType.Q2_0.id())) {
            return tensors;
        }
        List<GgufTensor> larger = tensors.stream().map(TwoBitGroups::larger).toList();
        boolean smallFit = followEachOther(tensors, alignment);
        boolean largeFit = followEachOther(larger, alignment);
        boolean isLarger = largeFit && (!smallFit || !endsWith(tensors, alignment, dataBytes));
        return isLarger && (!smallFit || endsWith(larger, alignment, dataBytes)) ? larger : tensors;
    }

    private static GgufTensor larger(GgufTensor tensor) {
        return tensor.typeId() != GgufTensorType.Q2_0.id()
                ? tensor
                : new GgufTensor(
                        tensor.name(), tensor.dimensions(), GgufTensorType.PQ2_0.id(), tensor.offset(), tensor.bytes());
    }

    private static boolean followEachOther(List<GgufTensor> tensors, long alignment) {
        List<GgufTensor> ordered = tensors.stream()
                .sorted(Comparator.comparingLong(GgufTensor::offset))
                .toList();
        for (int i = 1; i < ordered.size(); i++) {
            long end = end(ordered.get(i - 1));
            if (end >= 0 && padded(end, alignment) != ordered.get(i).offset()) {
                return false;
            }
        }
        return true;
    }

    private static boolean endsWith(List<GgufTensor> tensors, long alignment, long dataBytes) {
        long end = tensors.stream()
                .max(Comparator.comparingLong(GgufTensor::offset))
                .map(TwoBitGroups::end)
                .orElse(0L);
        return end == dataBytes || padded(end, alignment) == dataBytes;
    }

    /** Where a tensor ends; -1 if its size is not known or beyond all measure. */
    private static long end(GgufTensor tensor) {
        try {
            long bytes =
                    tensor.type().map(type -> type.bytes(tensor.elements())).orElse(-1L);
            return bytes < 0 ? -1 : Math.addExact(tensor.offset(), bytes);
        } catch (ArithmeticException e) {
            return -1;
        }
    }

    private static long padded(long end, long alignment) {
        return Math.ceilDiv(end, alignment) * alignment;
    }
}
