package bitnet.safetensors;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.json.JsonReader;
import bitnet.tensor.StoredBytes;
import bitnet.tensor.ZeroPages;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The weights of a model directory: one safetensors file, or shards and an index that says which of them has which tensor. */
final class Checkpoint implements AutoCloseable {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final String HEAD = "lm_head.weight";
    private static final String EMBEDDING = "model.embed_tokens.weight";
    private static final String BARE_EMBEDDING = "embed_tokens.weight";
    private static final int MAX_SHARDS = 10_000;
    /** Of a bias that is looked at. */
    private static final long MAX_BIAS_BYTES = 1 << 26;

    private final String source;
    private final List<SafetensorsFile> files;
    private final Map<String, StoredTensor> tensors;
    /** Names of the tensors that somebody asked for. */
    private final Set<String> used = ConcurrentHashMap.newKeySet();

    private Checkpoint(String source, List<SafetensorsFile> files, Map<String, StoredTensor> tensors) {
        this.source = source;
        this.files = files;
        this.tensors = tensors;
    }

    /**
     * Opens the weights of a directory: the whole file where there is one, as transformers prefers it, else the shards.
     *
     * @return null if there are none
     */
    static @Nullable Checkpoint open(Path directory) {
        Path single = directory.resolve(SINGLE);
        if (Files.exists(single)) {
            return openFile(single);
        }
        Path index = directory.resolve(INDEX);
        return Files.exists(index) ? openShards(index) : null;
    }

    /** Opens the weights that a file has, or, if it is a shard, those of its index. */
    static Checkpoint openWith(Path file) {
        Path index = file.resolveSibling(INDEX);
        if (!file.endsWith(SINGLE) && Files.exists(index)) {
            return openShards(index);
        }
        return openFile(file);
    }

    private static Checkpoint openFile(Path file) {
        SafetensorsFile opened = SafetensorsFile.open(file);
        return new Checkpoint(file.toString(), List.of(opened), opened.tensors());
    }

    private static Checkpoint openShards(Path index) {
        Map<String, String> shardOf;
        try (JsonReader in = JsonReader.open(index)) {
            shardOf = readIndex(in);
        }
        Map<String, SafetensorsFile> opened = new LinkedHashMap<>();
        try {
            Set<String> names = new LinkedHashSet<>(shardOf.values());
            for (String name : names) {
                opened.put(name, SafetensorsFile.open(index.resolveSibling(name)));
            }
            Map<String, StoredTensor> tensors = new LinkedHashMap<>();
            shardOf.forEach((name, shard) -> {
                SafetensorsFile file = opened.get(shard);
                StoredTensor tensor = file == null ? null : file.tensor(name);
                if (tensor == null) {
                    throw new ModelFormatException(
                            index.toString(), "weight_map/" + name, shard + " has no such tensor");
                }
                tensors.put(name, tensor);
            });
            return new Checkpoint(index.toString(), List.copyOf(opened.values()), tensors);
        } catch (RuntimeException e) {
            opened.values().forEach(SafetensorsFile::close);
            throw e;
        }
    }

    /** Which file has a tensor, by the tensor's name. */
    static Map<String, String> readIndex(JsonReader in) {
        Map<String, String> shardOf = new LinkedHashMap<>();
        Map<String, String> shards = new HashMap<>();
        in.beginObject();
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            if (!field.equals("weight_map")) {
                in.skip();
                continue;
            }
            in.beginObject();
            for (String name = in.nextField(); name != null; name = in.nextField()) {
                String shard = shards.computeIfAbsent(in.string(), s -> s);
                if (!isFileName(shard)) {
                    throw in.error("\"" + shard + "\" is not the name of a .safetensors file beside the index");
                }
                if (shards.size() > MAX_SHARDS) {
                    throw in.error("more than " + MAX_SHARDS + " shards");
                }
                if (shardOf.size() == SafetensorsHeader.MAX_TENSORS) {
                    throw in.error("more than " + SafetensorsHeader.MAX_TENSORS + " tensors");
                }
                shardOf.put(name, shard);
            }
        }
        in.end();
        if (shardOf.isEmpty()) {
            throw new ModelFormatException(in.source(), "weight_map", "missing or empty");
        }
        return shardOf;
    }

    /** A name without a way out of the directory. */
    private static boolean isFileName(String name) {
        return name.endsWith(".safetensors")
                && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
    }

    /** The file, or the index. */
    String source() {
        return source;
    }

    /** Every tensor. */
    Collection<StoredTensor> tensors() {
        return Collections.unmodifiableCollection(tensors.values());
    }

    /** Whether there is a tensor of this name. */
    boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** The tensor of this name, which must have this shape. */
    StoredTensor tensor(String name, long... shape) {
        StoredTensor tensor = find(name);
        if (tensor == null) {
            throw new ModelFormatException(source, name, "missing");
        }
        List<Long> expected = new ArrayList<>();
        for (long dimension : shape) {
            expected.add(dimension);
        }
        if (!tensor.shape().equals(expected)) {
            throw new ModelFormatException(tensor.source(), name, tensor.describe() + ", expected shape " + expected);
        }
        return tensor;
    }

    /** The tensor of this name, of whatever shape; null if there is none. */
    @Nullable
    StoredTensor find(String name) {
        used.add(name);
        return tensors.get(name);
    }

    /**
     * Says no to a checkpoint with a tensor that nobody asked for: the model that it belongs to computes something else, and
     * leaving it out would give wrong answers without a word. What is known to change nothing may stay.
     */
    void requireAllUsed() {
        for (StoredTensor tensor : tensors.values()) {
            if (!used.contains(tensor.name()) && !isWithoutEffect(tensor)) {
                throw new ModelUnsupportedException(
                        tensor.source(),
                        tensor.name()
                                + (tensor.name().endsWith(".bias")
                                        ? ": biases are not supported"
                                        : " has no place in a model of this configuration as bitnet runs it; the answers"
                                                + " would be wrong without it"));
            }
        }
    }

    private boolean isWithoutEffect(StoredTensor tensor) {
        String name = tensor.name();
        // Old conversions of Llama store the angles of RoPE, which follow from rope_theta.
        return name.endsWith(".rotary_emb.inv_freq")
                // A bias of zeros adds nothing.
                || (name.endsWith(".bias") && isZero(tensor))
                // Tools that save a tied model may write its embedding twice.
                || (name.equals(HEAD) && isCopy(tensor, tensors.getOrDefault(EMBEDDING, tensors.get(BARE_EMBEDDING))));
    }

    private static boolean isZero(StoredTensor tensor) {
        return tensor.dtype().elementType().isPresent()
                && tensor.data().byteSize() <= MAX_BIAS_BYTES
                && FloatTensors.isZero(FloatTensors.vector(tensor));
    }

    private static boolean isCopy(StoredTensor tensor, @Nullable StoredTensor original) {
        if (original == null
                || tensor.dtype() != original.dtype()
                || !tensor.shape().equals(original.shape())) {
            return false;
        }
        try (Arena arena = Arena.ofShared()) {
            return tensor.data().load(arena).mismatch(original.data().load(arena)) < 0;
        }
    }

    /** Makes sure that no file has changed since it was opened. */
    void requireUnchanged() {
        files.forEach(SafetensorsFile::requireUnchanged);
    }

    /** Names of tensors with whole pages of zeros in what has been read of them, and how many. */
    List<String> hollow() {
        Map<String, StoredBytes> data = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> data.put(name, tensor.data()));
        return ZeroPages.in(data);
    }

    @Override
    public void close() {
        files.forEach(SafetensorsFile::close);
    }
}
