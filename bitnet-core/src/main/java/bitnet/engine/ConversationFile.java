package bitnet.engine;

import bitnet.ModelFormatException;
import bitnet.spi.KvMemory;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/**
 * A conversation on disk: {@link #MAGIC}; the length of a {@link SavedConversation} as a big-endian int, and that; the pages of
 * its keys and values ({@link bitnet.spi.KvMemory#write}); and the SHA-256 of all before.
 */
final class ConversationFile implements AutoCloseable {
    private static final byte[] MAGIC = "bitnet conversation 1\n".getBytes(StandardCharsets.US_ASCII);
    private static final int DIGEST_BYTES = 32;
    private static final int BUFFER = 1 << 16;

    private final Path path;
    private final SavedConversation saved;
    private final DataInputStream in;

    private ConversationFile(Path path, SavedConversation saved, DataInputStream in) {
        this.path = path;
        this.saved = saved;
        this.in = in;
    }

    /** Where pages go, or come from: all bytes of one a call. */
    interface Pages {
        void each(MemorySegment page) throws IOException;
    }

    /** Writes the pages. */
    interface PageSource {
        void writeTo(Pages out) throws IOException;
    }

    /** Writes a file beside the target, which it replaces once it is whole. */
    static void write(Path target, SavedConversation saved, PageSource pages) throws IOException {
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            throw new IOException(target + " is not a regular file");
        }
        Path real = Files.exists(target) ? target.toRealPath() : target.toAbsolutePath();
        Path part = real.resolveSibling("." + real.getFileName() + "." + UUID.randomUUID() + ".part");
        try {
            MessageDigest digest = sha256();
            try (OutputStream file = Files.newOutputStream(part, StandardOpenOption.CREATE_NEW);
                    var out = new DataOutputStream(
                            new BufferedOutputStream(new DigestOutputStream(file, digest), BUFFER))) {
                ByteArrayOutputStream header = new ByteArrayOutputStream();
                saved.write(new DataOutputStream(header));
                out.write(MAGIC);
                out.writeInt(header.size());
                header.writeTo(out);
                pages.writeTo(page -> out.write((byte[]) page.heapBase().orElseThrow()));
                out.flush();
                file.write(digest.digest());
            }
            try (FileChannel written = FileChannel.open(part, StandardOpenOption.WRITE)) {
                written.force(true); // so that no power cut leaves less in the place of a whole file
            }
            Files.move(part, real, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /**
     * Opens a file, all of which is as it was written.
     *
     * @throws ModelFormatException if it is not
     */
    @SuppressWarnings("MustBeClosedChecker") // the caller closes what has it
    static ConversationFile open(Path path) {
        try {
            verify(path);
            DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(path), BUFFER));
            try {
                in.skipNBytes(MAGIC.length);
                return new ConversationFile(path, header(path, in), in);
            } catch (IOException | RuntimeException e) {
                in.close();
                throw e;
            }
        } catch (NoSuchFileException e) {
            throw new ModelFormatException(path.toString(), "file", "there is no such file", e);
        } catch (EOFException e) {
            throw new ModelFormatException(path.toString(), "conversation", "its header ends within a value", e);
        } catch (IOException e) {
            throw new ModelFormatException(path.toString(), "conversation", String.valueOf(e.getMessage()), e);
        }
    }

    /** Sees to it that nothing is damaged, before anything in the file is believed. */
    private static void verify(Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            throw Files.exists(path) ? new IOException("not a regular file") : new NoSuchFileException(path.toString());
        }
        MessageDigest digest = sha256();
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(path)) {
            byte[] magic = in.readNBytes(MAGIC.length);
            if (!MessageDigest.isEqual(magic, MAGIC)) {
                throw new IOException("it does not begin with '" + new String(MAGIC, StandardCharsets.US_ASCII).strip()
                        + "', as conversations do that this version saves");
            }
            digest.update(magic);
            long left = Files.size(path) - MAGIC.length - DIGEST_BYTES;
            while (left > 0) {
                int count = in.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (count < 0) {
                    break;
                }
                digest.update(buffer, 0, count);
                left -= count;
            }
            if (left != 0 || !MessageDigest.isEqual(digest.digest(), in.readNBytes(DIGEST_BYTES))) {
                throw new IOException("it is damaged: its SHA-256 is not the one at its end");
            }
        }
    }

    private static SavedConversation header(Path path, DataInputStream in) throws IOException {
        long left = Files.size(path) - MAGIC.length - Integer.BYTES - DIGEST_BYTES;
        int length = in.readInt();
        if (length < 0 || length > left) {
            throw new IOException("its header is said to have " + length + " bytes of " + left);
        }
        SavedConversation saved =
                SavedConversation.read(new DataInputStream(new ByteArrayInputStream(in.readNBytes(length))));
        long pages = pages(saved);
        boolean sane = saved.dropped() >= 0
                && saved.dropped() <= saved.turns().size()
                && saved.computed() >= 0
                && saved.computed() <= saved.tokens().length
                && saved.pageBytes() >= 0
                && saved.pageBytes() <= Integer.MAX_VALUE;
        if (!sane || pages * saved.pageBytes() != left - length) {
            throw new IOException(saved.computed() + " computed tokens of " + saved.tokens().length + " in pages of "
                    + saved.pageBytes() + " bytes, and " + (left - length) + " bytes of pages");
        }
        return saved;
    }

    private static long pages(SavedConversation saved) {
        return Math.ceilDiv(saved.computed(), KvMemory.PAGE);
    }

    SavedConversation saved() {
        return saved;
    }

    /** The next page. */
    MemorySegment page() {
        try {
            byte[] page = new byte[(int) saved.pageBytes()];
            in.readFully(page);
            return MemorySegment.ofArray(page);
        } catch (IOException e) {
            throw new ModelFormatException(path.toString(), "pages", "it has changed while it was read", e);
        }
    }

    /** What is wrong, as an exception. */
    ModelFormatException refused(String where, String problem) {
        return new ModelFormatException(path.toString(), where, problem);
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            // What was read is there.
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every JVM has it
        }
    }
}
