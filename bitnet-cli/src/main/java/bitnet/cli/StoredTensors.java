package bitnet.cli;

import bitnet.gguf.GgufModel;
import bitnet.model.ModelFile;
import bitnet.safetensors.HuggingFaceModel;
import java.util.List;

/** The tensors of a model's files, as they lie there, whatever the format. */
final class StoredTensors {
    /**
     * A tensor.
     *
     * @param name in its file
     * @param type how elements are stored
     * @param shape dimensions, the contiguous one last
     * @param bytes of its data, or -1 if the type does not say
     */
    record Entry(String name, String type, List<Long> shape, long bytes) {}

    private StoredTensors() {}

    static List<Entry> of(ModelFile file) {
        return switch (file) {
            case GgufModel gguf ->
                gguf.file().tensors().stream()
                        .map(t ->
                                new Entry(t.name(), t.typeName(), t.dimensions().reversed(), t.bytes()))
                        .toList();
            case HuggingFaceModel directory ->
                directory.tensors().stream()
                        .map(t -> new Entry(
                                t.name(), t.dtype().name(), t.shape(), t.data().byteSize()))
                        .toList();
            default -> List.of();
        };
    }
}
