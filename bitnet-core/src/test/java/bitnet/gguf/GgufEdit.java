package bitnet.gguf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.Channels;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A GGUF file with something changed. */
public final class GgufEdit {
    private record Tensor(GgufTensorType type, List<Long> dimensions, byte[] data) {}

    private final Map<String, GgufValue> metadata = new LinkedHashMap<>();
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    private GgufEdit(GgufFile file) {
        metadata.putAll(file.metadata().values());
        for (GgufTensor tensor : file.tensors()) {
            tensors.put(
                    tensor.name(),
                    new Tensor(
                            tensor.type().orElseThrow(),
                            tensor.dimensions(),
                            file.data(tensor).copy().toArray(ValueLayout.JAVA_BYTE)));
        }
    }

    /** A file of the tests. */
    public static GgufEdit of(String resource) {
        return new GgufEdit(Resources.file(resource));
    }

    public GgufEdit drop(String key) {
        metadata.remove(key);
        return this;
    }

    public GgufEdit text(String key, String value) {
        return value(key, new GgufValue.Text(value));
    }

    public GgufEdit uint32(String key, long value) {
        return value(key, new GgufValue.Int(GgufValueType.UINT32, value));
    }

    public GgufEdit float32(String key, float value) {
        return value(key, new GgufValue.Real(GgufValueType.FLOAT32, value));
    }

    public GgufEdit value(String key, GgufValue value) {
        metadata.put(key, value);
        return this;
    }

    /** Renames the architecture, and the keys that begin with it. */
    public GgufEdit architecture(String name) {
        String old = ((GgufValue.Text) metadata.get("general.architecture")).value();
        Map<String, GgufValue> renamed = new LinkedHashMap<>();
        metadata.forEach((key, value) ->
                renamed.put(key.startsWith(old + ".") ? name + key.substring(old.length()) : key, value));
        metadata.clear();
        metadata.putAll(renamed);
        return text("general.architecture", name);
    }

    public GgufEdit dropTensor(String name) {
        tensors.remove(name);
        return this;
    }

    public GgufEdit tensor(String name, GgufTensorType type, List<Long> dimensions, byte[] data) {
        tensors.put(name, new Tensor(type, dimensions, data));
        return this;
    }

    public GgufEdit floats(String name, float... values) {
        byte[] data = new byte[4 * values.length];
        MemorySegment.copy(values, 0, MemorySegment.ofArray(data), ValueLayout.JAVA_FLOAT_UNALIGNED, 0, values.length);
        return tensor(name, GgufTensorType.F32, List.of((long) values.length), data);
    }

    /** Changes the bytes of a tensor. */
    public GgufEdit data(String name, Consumer<byte[]> change) {
        change.accept(tensors.get(name).data());
        return this;
    }

    public GgufModel open() {
        return open(GgufOptions.DEFAULT);
    }

    public GgufModel open(GgufOptions options) {
        GgufWriter writer = new GgufWriter();
        metadata.forEach(writer::value);
        tensors.forEach((name, tensor) -> writer.tensor(
                name,
                tensor.type(),
                tensor.dimensions(),
                output -> output.write(MemorySegment.ofArray(tensor.data()))));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            writer.write(Channels.newChannel(out));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return GgufModel.of(GgufFile.of("edited.gguf", MemorySegment.ofArray(out.toByteArray())), options);
    }
}
