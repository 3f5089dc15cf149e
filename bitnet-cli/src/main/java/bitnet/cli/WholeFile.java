package bitnet.cli;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.SplittableRandom;

/** A file that is there whole or not at all: written beside its target under another name, and moved when it is complete. */
final class WholeFile implements AutoCloseable {
    private static final int MOST_LINKS = 40;
    private final Path target;
    private final Path temporary;

    /**
     * @param named by the user; what a symbolic link leads to is written, and the link stays
     * @throws IOException if the target's directory cannot be written to
     * @throws UsageException if there is no such directory, or the target is something else than a file
     */
    WholeFile(Path named) throws IOException {
        Path file = target(named);
        if (Files.isDirectory(file)) {
            throw new UsageException(named + " is a directory: name a file");
        }
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new UsageException(named + " is not a regular file, and is not replaced: name another");
        }
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            throw new UsageException("the directory of " + named + " does not exist: make it first");
        }
        this.target = file;
        // Not a temporary file of the JDK: those are for their owner's eyes only, and this one is to be the target.
        String name = "." + file.getFileName() + "." + Long.toHexString(new SplittableRandom().nextLong()) + ".part";
        this.temporary = Files.createFile(directory.resolve(name));
    }

    private static Path target(Path named) throws IOException {
        Path file = named;
        for (int links = 0; Files.isSymbolicLink(file); links++) {
            if (links == MOST_LINKS) {
                throw new UsageException(named + " is a symbolic link that leads nowhere: name another");
            }
            file = file.resolveSibling(Files.readSymbolicLink(file));
        }
        return file;
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
