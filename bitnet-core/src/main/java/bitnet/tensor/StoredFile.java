package bitnet.tensor;

import bitnet.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.CompletionHandler;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * An open file of tensors. It is read by position and never mapped: a file that is cut or overwritten by another program while
 * it is mapped ends the process or changes weights that are in use. The interrupt of a thread that reads neither stops
 * the reading nor is it lost. Thread-safe.
 */
public final class StoredFile implements AutoCloseable {
    /** Bytes that are read at a time: large against the cost of a request. */
    private static final int PIECE = 1 << 20;

    private static final int PAGE = 4096;

    /** Requests of one caller under way at a time: enough for a disk that serves several at once. */
    private static final int REQUESTS = 8;

    private static final CompletionHandler<Integer, CompletableFuture<Integer>> DONE = new CompletionHandler<>() {
        @Override
        public void completed(Integer bytes, CompletableFuture<Integer> request) {
            request.complete(bytes);
        }

        @Override
        public void failed(Throwable failure, CompletableFuture<Integer> request) {
            request.completeExceptionally(failure);
        }
    };

    private final Path path;
    private final AsynchronousFileChannel channel;
    private final BasicFileAttributes opened;
    private final BitSet zeroPages = new BitSet();

    private StoredFile(Path path, AsynchronousFileChannel channel, BasicFileAttributes opened) {
        this.path = path;
        this.channel = channel;
        this.opened = opened;
    }

    /**
     * Opens a regular file.
     *
     * @throws ModelFormatException if there is none, if it cannot be read, or if it is in a file system other than the
     *     default one, which has no files that can be read by position
     */
    public static StoredFile open(Path path) {
        String source = path.toString();
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            if (!attributes.isRegularFile()) {
                throw new ModelFormatException(
                        source, "file", "is not a regular file" + (attributes.isDirectory() ? " but a directory" : ""));
            }
            return new StoredFile(path, AsynchronousFileChannel.open(path, StandardOpenOption.READ), attributes);
        } catch (NoSuchFileException e) {
            throw new ModelFormatException(source, "file", "does not exist", e);
        } catch (UnsupportedOperationException e) {
            throw new ModelFormatException(
                    source,
                    "file",
                    "it is in a file system of "
                            + path.getFileSystem().provider().getScheme()
                            + "; a model must be a file of the default file system: extract it first",
                    e);
        } catch (IOException e) {
            throw new ModelFormatException(source, "file", "cannot be read: " + e, e);
        }
    }

    /** The file, as the caller named it. */
    public String source() {
        return path.toString();
    }

    /** Its size when it was opened, in bytes. */
    public long size() {
        return opened.size();
    }

    /** All its bytes. */
    public StoredBytes bytes() {
        return new FileBytes(this, 0, size());
    }

    /**
     * Makes sure that what was read is what the file held when it was opened, as far as size and time of modification tell. A
     * file that was deleted or replaced by another is still there for whoever has it open, and is none that changed.
     *
     * @throws ModelFormatException if it has changed
     */
    public void requireUnchanged() {
        try {
            BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
            boolean same = Objects.equals(now.fileKey(), opened.fileKey());
            if (same && now.size() != size()) {
                throw changed("from " + size() + " to " + now.size() + " bytes");
            }
            if (same && !now.lastModifiedTime().equals(opened.lastModifiedTime())) {
                throw changed("at " + now.lastModifiedTime());
            }
            if (channel.size() != size()) {
                throw changed("from " + size() + " to " + channel.size() + " bytes");
            }
        } catch (NoSuchFileException _) {
            // deleted
        } catch (IOException e) {
            throw new ModelFormatException(source(), "file", "cannot be read: " + e, e);
        }
    }

    private ModelFormatException changed(String how) {
        return new ModelFormatException(source(), "file", "it was changed while it was read: " + how);
    }

    /** Fills memory with what begins at {@code from}; in pieces, several at a time. */
    void read(long from, MemorySegment to) {
        if (!channel.isOpen()) {
            throw new IllegalStateException(source() + " is closed");
        }
        if (to.isNative() && !TernaryConversion.isShared(to)) {
            try (Arena arena = Arena.ofShared()) {
                MemorySegment shared = arena.allocate(to.byteSize());
                read(from, shared);
                to.copyFrom(shared);
            }
            return;
        }
        Queue<Request> requests = new ArrayDeque<>();
        @Nullable Throwable failure = null;
        for (long at = 0; at < to.byteSize() || !requests.isEmpty(); ) {
            boolean isNext = at < to.byteSize() && requests.size() < REQUESTS && failure == null;
            if (isNext) {
                long bytes = Math.min(PIECE, to.byteSize() - at);
                requests.add(new Request(from + at, to.asSlice(at, bytes).asByteBuffer()).start(channel));
                at += bytes;
            } else if (requests.isEmpty()) {
                break;
            } else {
                // All are awaited, whatever becomes of one: none may write into memory that its owner has freed.
                try {
                    finish(requests.remove());
                } catch (IOException | RuntimeException e) {
                    failure = e;
                }
            }
        }
        switch (failure) {
            case null -> {}
            case RuntimeException e -> throw e;
            default ->
                throw new ModelFormatException(source(), "offset " + from, "cannot be read: " + failure, failure);
        }
    }

    private void finish(Request request) throws IOException {
        while (request.await()) {
            request.start(channel);
        }
        if (request.buffer.hasRemaining()) {
            throw new ModelFormatException(
                    source(),
                    "offset " + request.position(),
                    "the file ends here; it had " + size() + " bytes when it was opened");
        }
        lookForZeros(request);
    }

    /** Looks at whole pages alone, and at most of them only at the first word. */
    private void lookForZeros(Request request) {
        ByteBuffer bytes = request.buffer;
        for (int at = (int) (-request.from & (PAGE - 1)); at + PAGE <= bytes.limit(); at += PAGE) {
            int word = at;
            while (word < at + PAGE && bytes.getLong(word) == 0) {
                word += Long.BYTES;
            }
            if (word == at + PAGE) {
                synchronized (zeroPages) {
                    zeroPages.set((int) ((request.from + at) / PAGE));
                }
            }
        }
    }

    /**
     * How many whole pages of what has been read of a part of the file hold nothing but zeros, as those of a file do whose
     * download was not finished.
     */
    public int zeroPages(long first, long bytes) {
        synchronized (zeroPages) {
            return zeroPages
                    .get((int) Math.ceilDiv(first, PAGE), (int)
                            Math.max(Math.ceilDiv(first, PAGE), (first + bytes) / PAGE))
                    .cardinality();
        }
    }

    /** A part of a read. */
    private static final class Request {
        private final long from;
        private final ByteBuffer buffer;
        private CompletableFuture<Integer> answer = new CompletableFuture<>();

        Request(long from, ByteBuffer buffer) {
            this.from = from;
            this.buffer = buffer;
        }

        /** Where the next byte is. */
        long position() {
            return from + buffer.position();
        }

        Request start(AsynchronousFileChannel channel) {
            answer = new CompletableFuture<>();
            try {
                channel.read(buffer, position(), answer, DONE);
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
            return this;
        }

        /** Whether there is more to read. */
        boolean await() throws IOException {
            try {
                return answer.join() > 0 && buffer.hasRemaining();
            } catch (CompletionException e) {
                switch (e.getCause()) {
                    case IOException cause -> throw cause;
                    case RuntimeException cause -> throw cause;
                    case Error cause -> throw cause;
                    case null, default -> throw e;
                }
            }
        }
    }

    /** Closes the file; what was read stays. Idempotent. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing was written, so nothing is lost.
        }
    }
}
