package bitnet.convert;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/** A file beside the one that it will become. Gone when closed, or when the JVM ends before that, unless it was moved into place. */
final class TemporaryFile implements AutoCloseable {
    private static final String SUFFIX = ".part";
    private static final int UUID_LENGTH = 36;

    private final Path path;
    private final Thread hook;

    TemporaryFile(Path target) throws IOException {
        // Not createTempFile: that one is for its owner's eyes only, and this file will be the result.
        sweep(target);
        path = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + SUFFIX);
        Files.createFile(path);
        hook = new Thread(this::delete);
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException e) {
            delete();
            throw e;
        }
    }

    /** Deletes what killed runs have left of the same target: files of such a name that nobody has written to for a day. */
    private static void sweep(Path target) {
        Path directory = target.toAbsolutePath().getParent();
        String prefix = "." + target.getFileName() + ".";
        Instant old = Instant.now().minus(Duration.ofDays(1));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, file -> {
            String name = file.getFileName().toString();
            return name.startsWith(prefix)
                    && name.endsWith(SUFFIX)
                    && name.length() == prefix.length() + UUID_LENGTH + SUFFIX.length()
                    && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    && Files.getLastModifiedTime(file).toInstant().isBefore(old);
        })) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | DirectoryIteratorException e) {
            // They are in nobody's way.
        }
    }

    Path path() {
        return path;
    }

    void moveTo(Path target, boolean overwrite) throws IOException {
        if (overwrite) {
            Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
            return;
        }
        // A rename would replace a file that has come into being since; a link to it does not.
        try {
            Files.createLink(target, path);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (IOException | UnsupportedOperationException e) {
            Files.move(path, target);
        }
    }

    @Override
    public void close() {
        delete();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending, and the hook finds nothing to do.
        }
    }

    private void delete() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            path.toFile().deleteOnExit();
        }
    }
}
