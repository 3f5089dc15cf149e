package bitnet.gguf;

import bitnet.ModelFormatException;
import bitnet.tensor.StoredBytes;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * An open GGUF file, version 2 or 3, little-endian (ggml's {@code docs/gguf.md}): its metadata, its tensor table and its data. A
 * model in several files ({@code -00001-of-00003.gguf}) is opened whole by any of them. Opening reads the header and checks
 * everything that it says against the file's size; data is read when it is asked for.
 *
 * <p>Thread-safe. Data can be read until {@link #close()}.
 */
public final class GgufFile implements AutoCloseable {
    private final String source;
    private final List<GgufPart> parts;
    private final Map<String, GgufTensor> tensors = new LinkedHashMap<>();
    private final Map<String, GgufPart> partOf = new LinkedHashMap<>();

    /** @param parts the first has the metadata */
    private GgufFile(String source, List<GgufPart> parts) {
        this.source = source;
        this.parts = List.copyOf(parts);
        for (GgufPart part : parts) {
            part.header().tensors().forEach((name, tensor) -> {
                tensors.put(name, tensor);
                GgufPart other = partOf.put(name, part);
                if (other != null) {
                    throw new ModelFormatException(
                            part.source(), name, "the tensor is in " + other.source() + " as well");
                }
            });
        }
    }

    /**
     * Opens a file, or the set that it belongs to, and reads the headers.
     *
     * @throws ModelFormatException if it cannot be read, is damaged or is not GGUF, or if a file of the set is missing
     * @throws bitnet.ModelUnsupportedException if it is big-endian or of another version
     */
    public static GgufFile open(Path path) {
        GgufPart named = GgufPart.open(path);
        List<GgufPart> parts = List.of(named);
        try {
            parts = GgufSplit.count(named) == 1 ? parts : GgufSplit.complete(path, named);
            return new GgufFile(named.source(), parts);
        } catch (RuntimeException | Error e) {
            parts.forEach(GgufPart::close);
            throw e;
        }
    }

    /**
     * Reads the header of a file that is in memory already. Closing does not free the memory.
     *
     * @param source the file's name, for messages
     * @param data the whole file, in memory that all threads may touch
     * @throws IllegalArgumentException if only one thread may touch the memory
     * @throws ModelFormatException if it is damaged or is not GGUF
     * @throws bitnet.ModelUnsupportedException if it is big-endian or of another version
     */
    public static GgufFile of(String source, MemorySegment data) {
        if (!data.isAccessibleBy(Thread.ofPlatform().unstarted(() -> {}))) {
            throw new IllegalArgumentException("memory of a confined arena; tensors are converted by many threads");
        }
        GgufPart part = GgufPart.of(source, StoredBytes.of(data));
        int count = GgufSplit.count(part);
        if (count > 1) {
            throw new ModelFormatException(source, "split.count", "one of " + count + " files; open it by its path");
        }
        return new GgufFile(source, List.of(part));
    }

    /** The file, as the caller named it. */
    public String source() {
        return source;
    }

    /** Version of the format: 2 or 3. */
    public int version() {
        return parts.getFirst().header().version();
    }

    /** The metadata. */
    public GgufMetadata metadata() {
        return parts.getFirst().header().metadata();
    }

    /** The tensor table, in the file's order. */
    public Collection<GgufTensor> tensors() {
        return Collections.unmodifiableCollection(tensors.values());
    }

    /** A tensor by name. */
    public Optional<GgufTensor> tensor(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    /** Names and tensors. */
    Map<String, GgufTensor> table() {
        return tensors;
    }

    /**
     * A tensor's data.
     *
     * @throws IllegalArgumentException if its size is not known
     */
    public StoredBytes data(GgufTensor tensor) {
        GgufPart part = partOf.get(tensor.name());
        if (tensor.bytes() < 0 || part == null) {
            throw new IllegalArgumentException(
                    tensor.name() + " is of " + tensor.typeName() + ", whose size is not known");
        }
        return part.data(tensor);
    }

    /** Size of the file, or of all files of the set, in bytes. */
    public long size() {
        return parts.stream().mapToLong(part -> part.bytes().byteSize()).sum();
    }

    /**
     * Makes sure that what was read is what the file held when it was opened.
     *
     * @throws ModelFormatException if size or time of modification say that it has changed
     */
    public void requireUnchanged() {
        parts.forEach(GgufPart::requireUnchanged);
    }

    /** Names of tensors with whole pages of zeros in what has been read of them, and how many. */
    List<String> hollow() {
        List<String> names = new ArrayList<>();
        partOf.forEach((name, part) -> {
            int pages = part.zeroPages(Objects.requireNonNull(tensors.get(name)));
            if (pages > 0) {
                names.add(name + " (" + pages + ")");
            }
        });
        return names;
    }

    /** Closes the file. Idempotent. */
    @Override
    public void close() {
        parts.forEach(GgufPart::close);
    }
}
