package bitnet.safetensors;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import bitnet.ModelFormatException;
import bitnet.tensor.StoredBytes;
import bitnet.tensor.StoredFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file: eight bytes with the header's length, a JSON header, and the tensors' bytes. The
 * tensors must fill the rest of the file without overlap or hole, as the format's own reader demands
 * (<a href="https://github.com/huggingface/safetensors#format">github.com/huggingface/safetensors</a>). Thread-safe.
 */
public final class SafetensorsFile implements AutoCloseable {
    /** The longest header that the format allows. */
    static final long MAX_HEADER = 100_000_000;

    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path path;
    private final StoredFile file;
    private final SafetensorsHeader header;

    private SafetensorsFile(Path path, StoredFile file, SafetensorsHeader header) {
        this.path = path;
        this.file = file;
        this.header = header;
    }

    /**
     * Opens a file and reads its header.
     *
     * @throws ModelFormatException if it cannot be read or breaks the format's rules
     */
    public static SafetensorsFile open(Path path) {
        StoredFile file = StoredFile.open(path);
        try {
            return new SafetensorsFile(path, file, parse(file.source(), file.bytes()));
        } catch (RuntimeException | Error e) {
            file.close();
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

    /**
     * Makes sure that what was read is what the file held when it was opened.
     *
     * @throws ModelFormatException if size or time of modification say that it has changed
     */
    public void requireUnchanged() {
        file.requireUnchanged();
    }

    /** Closes the file; what was read of it stays. Idempotent. */
    @Override
    public void close() {
        file.close();
    }

    /** Reads the header of a file with these bytes. */
    static SafetensorsHeader parse(String source, StoredBytes file) {
        if (file.byteSize() < Long.BYTES) {
            throw new ModelFormatException(
                    source,
                    "offset 0",
                    "the file has " + file.byteSize() + " bytes, expected the 8 of the header's length");
        }
        long length = file.slice(0, Long.BYTES).copy().get(LENGTH, 0);
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
        byte[] json = file.slice(Long.BYTES, length).copy().toArray(JAVA_BYTE);
        if (json[0] != '{') {
            throw new ModelFormatException(
                    source, "offset 8", "the header begins with byte " + (json[0] & 0xFF) + ", expected {");
        }
        return SafetensorsHeader.parse(source, json, file.slice(Long.BYTES + length, rest - length));
    }

    private static boolean startsWith(StoredBytes file, String text) {
        MemorySegment prefix = MemorySegment.ofArray(text.getBytes(StandardCharsets.US_ASCII));
        return file.byteSize() >= prefix.byteSize()
                && file.slice(0, prefix.byteSize()).copy().mismatch(prefix) < 0;
    }
}
