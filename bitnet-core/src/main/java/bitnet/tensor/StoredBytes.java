package bitnet.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/** The bytes of a tensor, in a file or in memory. Thread-safe. */
public sealed interface StoredBytes permits FileBytes, MemoryBytes {
    /** How many there are. */
    long byteSize();

    /**
     * Copies some of them.
     *
     * @param offset of the first
     * @param to is filled
     * @throws IndexOutOfBoundsException if there are not so many
     * @throws bitnet.ModelFormatException if the file has them no more, or cannot be read
     */
    void read(long offset, MemorySegment to);

    /**
     * Some of them.
     *
     * @throws IndexOutOfBoundsException if there are not so many
     */
    StoredBytes slice(long offset, long bytes);

    /**
     * All of them in memory, read-only: where they are, if that is memory already, and else read into memory that the allocator
     * gives. No later change of a file changes them.
     *
     * @throws bitnet.ModelFormatException as {@link #read} does
     */
    MemorySegment load(SegmentAllocator allocator);

    /** All of them, on the heap; for the small tensors. */
    default MemorySegment copy() {
        MemorySegment copy = MemorySegment.ofArray(new byte[Math.toIntExact(byteSize())]);
        read(0, copy);
        return copy;
    }

    /**
     * How many whole pages of what has been read of them in their file hold nothing but zeros, as those of a file do whose
     * download was not finished; 0 for bytes in memory.
     */
    int zeroPages();

    /** Bytes in memory that all threads may touch. */
    static StoredBytes of(MemorySegment bytes) {
        return new MemoryBytes(bytes.asReadOnly());
    }
}
