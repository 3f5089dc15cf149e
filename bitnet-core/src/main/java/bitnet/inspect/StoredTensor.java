package bitnet.inspect;

import bitnet.gguf.GgufModel;
import bitnet.model.ModelFile;
import bitnet.safetensors.HuggingFaceModel;
import java.util.List;

/**
 * A tensor of a model's files, as it lies there, whatever the format.
 *
 * @param name in its file
 * @param type how elements are stored
 * @param shape dimensions, the contiguous one last
 * @param bytes of its data, or -1 if the type does not say
 */
public record StoredTensor(String name, String type, List<Long> shape, long bytes) {
    static List<StoredTensor> of(ModelFile file) {
        return switch (file) {
            case GgufModel gguf ->
                gguf.file().tensors().stream()
                        .map(t -> new StoredTensor(
                                t.name(), t.typeName(), t.dimensions().reversed(), t.bytes()))
                        .toList();
            case HuggingFaceModel directory ->
                directory.tensors().stream()
                        .map(t -> new StoredTensor(
                                t.name(), t.dtype().name(), t.shape(), t.data().byteSize()))
                        .toList();
            default -> List.of();
        };
    }
}
