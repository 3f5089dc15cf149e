package bitnet.gguf;

import bitnet.ModelUnsupportedException;
import bitnet.family.Family;
import bitnet.model.ScaleGranularity;
import bitnet.tensor.GroupScales;
import bitnet.tensor.TqRows;
import java.lang.foreign.Arena;
import java.util.List;

/** Which weights share a scale in a whole file: all its ternary matrices are read alike. */
final class GgufScales {
    private GgufScales() {}

    /**
     * The granularity of a file. Groups of 64 count only if two of them differ somewhere. TQ1_0 and TQ2_0 have a scale for 256
     * weights: models of one scale a tensor have the same in all, and those whose scales differ were trained with float
     * activations, as all of the families {@link Family#QWEN3} and {@link Family#QWEN35} were.
     *
     * @throws ModelUnsupportedException if the file says that its two-bit blocks are not those of llama.cpp
     */
    static ScaleGranularity of(GgufFile file, Family family) {
        boolean grouped = false;
        boolean halves = false;
        for (GgufTensor tensor : file.tensors()) {
            switch (tensor.type().orElse(null)) {
                case Q1_0, PQ2_0, PTQ1_0 -> grouped = true;
                case Q2_0 -> {
                    grouped = true;
                    halves = halves || !isEqualInPairs(file, tensor);
                }
                case TQ1_0, TQ2_0 ->
                    grouped = grouped
                            || family == Family.QWEN3
                            || family == Family.QWEN35
                            || (family == Family.LLAMA && hasManyScales(file, tensor));
                case null, default -> {}
            }
        }
        if (grouped) {
            refuseOtherLayouts(file);
        }
        return halves ? ScaleGranularity.GROUP_64 : grouped ? ScaleGranularity.GROUP_128 : ScaleGranularity.TENSOR;
    }

    private static boolean isEqualInPairs(GgufFile file, GgufTensor tensor) {
        try (Arena reading = Arena.ofShared()) {
            var data = file.data(tensor).load(reading);
            return GroupScales.areEqualInPairs(GroupedTernary.blocks(tensor, data, rows(tensor), columns(tensor)));
        }
    }

    private static boolean hasManyScales(GgufFile file, GgufTensor tensor) {
        try (Arena reading = Arena.ofShared()) {
            var data = file.data(tensor).load(reading);
            return GroupedTernary.blocks(tensor, data, rows(tensor), columns(tensor)) instanceof TqRows blocks
                    && blocks.oddBlock().isPresent();
        }
    }

    private static int columns(GgufTensor tensor) {
        return Math.toIntExact(tensor.dimensions().getFirst());
    }

    private static int rows(GgufTensor tensor) {
        return Math.toIntExact(tensor.elements() / tensor.dimensions().getFirst());
    }

    private static void refuseOtherLayouts(GgufFile file) {
        for (String key : List.of("general.quantization_version", "oxibonsai.quant_format")) {
            if (file.metadata().values().get(key) instanceof GgufValue.Text layout) {
                throw new ModelUnsupportedException(
                        file.source(),
                        "blocks of the layout " + layout.value() + " (" + key
                                + "), which only the program that wrote it reads; take the model's Q2_0 or PQ2_0 file");
            }
        }
    }
}
