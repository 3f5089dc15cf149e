package bitnet.cli;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.SplittableRandom;

/** A file that is there whole or not at all: written beside its target under another name, and moved when it is complete. */
final class WholeFile implements AutoCloseable {
    private final Path target;
    private final Path temporary;

    /** @throws IOException if the target's directory does not exist or cannot be written to */
    WholeFile(Path target) throws IOException {
        if (Files.isDirectory(target)) {
            throw new UsageException(target + " is a directory: name a file");
        }
        Path directory = target.toAbsolutePath().getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            throw new UsageException("the directory of " + target + " does not exist: make it first");
        }
        this.target = target;
        // Not a temporary file of the JDK: those are for their owner's eyes only, and this one is to be the target.
        String name = "." + target.getFileName() + "." + Long.toHexString(new SplittableRandom().nextLong()) + ".part";
        this.temporary = Files.createFile(directory.resolve(name));
    }

    /** Where to write. */
    Path temporary() {
        return temporary;
    }

    /** Moves what was written to the target, replacing what is there. */
    void finish() throws IOException {
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException _) {
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Removes the temporary file if it is still there. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(temporary);
    }
}
