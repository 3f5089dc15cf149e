package bitnet;

import java.util.List;

/**
 * Facts about a loaded model.
 *
 * @param name for display
 * @param source the path that it was loaded from
 * @param architecture as the file names it, such as {@code bitnet-b1.58}
 * @param parameters number of weights with those of the embedding; a tied head counts once
 * @param layers number of transformer blocks
 * @param vocabulary number of tokens
 * @param contextLength tokens that a sequence can hold
 * @param trainedContextLength tokens that the model was trained for
 * @param storage how the file stores weights and embedding, such as {@code I2_S, embedding F16}
 * @param head how the scores of the next token are computed
 * @param device what it runs on
 * @param backend id of the backend, such as {@code cpu-native}
 * @param isa instruction set or device name that the backend uses
 * @param memoryBytes held beside mapped files, when the model had just been loaded; KV caches not counted
 * @param chatTemplate which chat template is used and why, or why there is none
 * @param considered every backend, in the order in which they were considered, with its outcome
 */
public record ModelInfo(
        String name,
        String source,
        String architecture,
        long parameters,
        int layers,
        int vocabulary,
        int contextLength,
        int trainedContextLength,
        String storage,
        HeadType head,
        Device device,
        String backend,
        String isa,
        long memoryBytes,
        String chatTemplate,
        List<BackendReport> considered) {
    public ModelInfo {
        considered = List.copyOf(considered);
    }
}
