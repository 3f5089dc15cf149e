package bitnet.convert;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/** A file beside the one that it will become. Gone when closed, or when the JVM ends before that, unless it was moved into place. */
final class TemporaryFile implements AutoCloseable {
    private final Path path;
    private final Thread hook;

    TemporaryFile(Path target) throws IOException {
        // Not createTempFile: that one is for its owner's eyes only, and this file will be the result.
        path = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".part");
        Files.createFile(path);
        hook = new Thread(this::delete);
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException e) {
            delete();
            throw e;
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
