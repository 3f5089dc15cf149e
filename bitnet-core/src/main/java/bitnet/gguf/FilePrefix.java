package bitnet.gguf;

import bitnet.tensor.StoredBytes;
import java.lang.foreign.MemorySegment;

/** The beginning of a file, in memory as far as its reader has come. */
final class FilePrefix {
    /** Longer than any header: a vocabulary of 262,144 tokens takes 12 MiB with its merges. */
    static final long LONGEST = 1L << 27;

    private static final long FIRST = 1L << 20;

    private final StoredBytes file;
    private MemorySegment loaded = MemorySegment.NULL;

    FilePrefix(StoredBytes file) {
        this.file = file;
    }

    /** Bytes that may be asked for. */
    long limit() {
        return Math.min(file.byteSize(), LONGEST);
    }

    /** Whether that is the whole file. */
    boolean isWhole() {
        return limit() == file.byteSize();
    }

    /** The first {@code end} bytes, or more. */
    MemorySegment upTo(long end) {
        if (end > loaded.byteSize()) {
            long bytes = Math.min(limit(), Math.max(end, Math.max(FIRST, 4 * loaded.byteSize())));
            loaded = file.slice(0, bytes).load((count, alignment) -> MemorySegment.ofArray(new byte[(int) count]));
        }
        return loaded;
    }
}
