package bitnet.gguf;

import bitnet.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * An open GGUF file, version 2 or 3, little-endian (ggml's {@code docs/gguf.md}): its metadata, its tensor table and views of
 * its data. The file is mapped, not read; opening checks everything that the header says against the file's size.
 *
 * <p>Thread-safe. The data is valid until {@link #close()}. A file must not shrink while it is open: reading pages that are
 * gone raises {@link InternalError} in Java code and ends the process in native code, as with any mapped file.
 */
public final class GgufFile implements AutoCloseable {
    private final String source;
    private final @Nullable Arena arena;
    private final MemorySegment data;
    private final GgufHeader header;
    private final AtomicBoolean closed = new AtomicBoolean();

    private GgufFile(String source, @Nullable Arena arena, MemorySegment data) {
        this.source = source;
        this.arena = arena;
        this.data = data.asReadOnly();
        this.header = GgufHeader.read(source, this.data);
    }

    /**
     * Maps a file and reads its header.
     *
     * @throws ModelFormatException if it cannot be read, is damaged or is not GGUF
     * @throws bitnet.ModelUnsupportedException if it is big-endian or of another version
     */
    @SuppressWarnings("MustBeClosedChecker") // the file owns the arena
    public static GgufFile open(Path path) {
        String source = path.toString();
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (Files.isDirectory(path)) {
                throw new ModelFormatException(source, "file", "a directory, not a GGUF file");
            }
            long size = channel.size();
            GgufFile file = new GgufFile(source, arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena));
            if (channel.size() != size) {
                throw new ModelFormatException(
                        source,
                        "file",
                        "its size changed from " + size + " to " + channel.size() + " bytes while it was opened");
            }
            return file;
        } catch (NoSuchFileException e) {
            arena.close();
            throw new ModelFormatException(source, "file", "does not exist", e);
        } catch (IOException e) {
            arena.close();
            throw new ModelFormatException(source, "file", "cannot be read: " + e, e);
        } catch (RuntimeException | Error e) {
            arena.close();
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
        return new GgufFile(source, null, data);
    }

    /** The file, as the caller named it. */
    public String source() {
        return source;
    }

    /** Version of the format: 2 or 3. */
    public int version() {
        return header.version();
    }

    /** The metadata. */
    public GgufMetadata metadata() {
        return header.metadata();
    }

    /** The tensor table, in the file's order. */
    public Collection<GgufTensor> tensors() {
        return Collections.unmodifiableCollection(header.tensors().values());
    }

    /** A tensor by name. */
    public Optional<GgufTensor> tensor(String name) {
        return Optional.ofNullable(header.tensors().get(name));
    }

    /** Names and tensors. */
    Map<String, GgufTensor> table() {
        return header.tensors();
    }

    /**
     * A tensor's data: a read-only view of the file.
     *
     * @throws IllegalArgumentException if its size is not known
     */
    public MemorySegment data(GgufTensor tensor) {
        if (tensor.bytes() < 0) {
            throw new IllegalArgumentException(
                    tensor.name() + " is of " + tensor.typeName() + ", whose size is not known");
        }
        return data.asSlice(tensor.offset(), tensor.bytes());
    }

    /** Size of the file in bytes. */
    public long size() {
        return data.byteSize();
    }

    /** Unmaps the file. Idempotent. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true) && arena != null) {
            arena.close();
        }
    }
}
