package bitnet.cuda;

import bitnet.cuda.driver.GpuEvent;
import bitnet.tensor.StoredBytes;
import java.lang.foreign.MemorySegment;

/**
 * Copies from ordinary host memory to the device, through two pinned buffers: one is filled while the device takes the
 * other. What is uploaded is in place for whatever follows on the stream.
 */
final class Uploads {
    private static final long PIECE = 4 << 20;

    private final Gpu gpu;
    private final MemorySegment[] buffers = new MemorySegment[2];
    private final GpuEvent[] taken = new GpuEvent[2];
    private int next;

    Uploads(Gpu gpu) {
        this.gpu = gpu;
        for (int i = 0; i < buffers.length; i++) {
            buffers[i] = gpu.memory().pinned(PIECE);
            taken[i] = gpu.event();
            taken[i].record(gpu.stream());
        }
    }

    /** All of {@code from}: what is in a file is read into the pinned buffers, and nowhere else. */
    void upload(StoredBytes from, MemorySegment to) {
        for (long at = 0; at < from.byteSize(); at += PIECE) {
            long bytes = Math.min(PIECE, from.byteSize() - at);
            taken[next].await("an upload");
            MemorySegment piece = buffers[next].asSlice(0, bytes);
            from.read(at, piece);
            gpu.stream().upload(piece, to.asSlice(at, bytes));
            taken[next].record(gpu.stream());
            next = 1 - next;
        }
    }

    void upload(MemorySegment from, MemorySegment to) {
        upload(StoredBytes.of(from), to);
    }

    void upload(float[] from, MemorySegment to) {
        upload(MemorySegment.ofArray(from), to);
    }

    void upload(int[] from, MemorySegment to) {
        upload(MemorySegment.ofArray(from), to);
    }

    void upload(long[] from, MemorySegment to) {
        upload(MemorySegment.ofArray(from), to);
    }
}
