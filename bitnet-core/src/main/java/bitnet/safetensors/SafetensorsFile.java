package bitnet.safetensors;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import bitnet.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A memory-mapped safetensors file: eight bytes with the header's length, a JSON header, and the tensors' bytes. The
 * tensors must fill the rest of the file without overlap or hole, as the format's own reader demands
 * (<a href="https://github.com/huggingface/safetensors#format">github.com/huggingface/safetensors</a>). Thread-safe.
 */
public final class SafetensorsFile implements AutoCloseable {
    /** The longest header that the format allows. */
    static final long MAX_HEADER = 100_000_000;

    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path path;
    private final Arena arena;
    private final SafetensorsHeader header;

    private SafetensorsFile(Path path, Arena arena, SafetensorsHeader header) {
        this.path = path;
        this.arena = arena;
        this.header = header;
    }

    /**
     * Maps a file and reads its header.
     *
     * @throws ModelFormatException if it cannot be read or breaks the format's rules
     */
    @SuppressWarnings("MustBeClosedChecker") // the file owns the arena
    public static SafetensorsFile open(Path file) {
        String source = file.toString();
        Arena arena = Arena.ofShared();
        try {
            MemorySegment bytes = map(file, source, arena);
            return new SafetensorsFile(file, arena, parse(source, bytes));
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** Where the file is. */
    public Path path() {
        return path;
    }

    /** The tensors by name, in the order of their bytes. */
    public Map<String, StoredTensor> tensors() {
        return Collections.unmodifiableMap(header.tensors());
    }

    /** One tensor; null if the file has none of that name. */
    public @Nullable StoredTensor tensor(String name) {
        return header.tensors().get(name);
    }

    /** What the file says about itself ({@code __metadata__}). */
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(header.metadata());
    }

    /** Unmaps the file; the tensors' bytes must not be used any more. Idempotent. */
    @Override
    public void close() {
        synchronized (arena) {
            if (arena.scope().isAlive()) {
                arena.close();
            }
        }
    }

    /** Reads a file's bytes: what {@link #open} does once they are mapped. */
    static SafetensorsHeader parse(String source, MemorySegment file) {
        if (file.byteSize() < Long.BYTES) {
            throw new ModelFormatException(
                    source,
                    "offset 0",
                    "the file has " + file.byteSize() + " bytes, expected the 8 of the header's length");
        }
        long length = file.get(LENGTH, 0);
        long rest = file.byteSize() - Long.BYTES;
        if (startsWith(file, "version https://git-lfs")) {
            throw new ModelFormatException(
                    source, "file", "a Git LFS pointer and not the file itself: fetch it with \"git lfs pull\"");
        }
        if (length < 2 || length > MAX_HEADER || length > rest) {
            throw new ModelFormatException(
                    source,
                    "offset 0",
                    "a header of " + Long.toUnsignedString(length) + " bytes, expected from 2 to "
                            + Math.min(MAX_HEADER, rest));
        }
        byte[] json = file.asSlice(Long.BYTES, length).toArray(JAVA_BYTE);
        if (json[0] != '{') {
            throw new ModelFormatException(
                    source, "offset 8", "the header begins with byte " + (json[0] & 0xFF) + ", expected {");
        }
        return SafetensorsHeader.parse(source, json, file.asSlice(Long.BYTES + length));
    }

    private static boolean startsWith(MemorySegment file, String text) {
        MemorySegment prefix = MemorySegment.ofArray(text.getBytes(StandardCharsets.US_ASCII));
        return file.byteSize() >= prefix.byteSize()
                && file.asSlice(0, prefix.byteSize()).mismatch(prefix) < 0;
    }

    private static MemorySegment map(Path file, String source, Arena arena) {
        if (!Files.isRegularFile(file)) {
            throw new ModelFormatException(
                    source, "file", Files.exists(file) ? "is not a regular file" : "does not exist");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException e) {
            throw new ModelFormatException(source, "file", "cannot be mapped: " + e, e);
        }
    }
}
