package bitnet.coreml.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** A directory that is there whole or not at all: filled beside its target under another name, and moved when it is complete. */
final class PartialDirectory implements AutoCloseable {
    private final Path path;

    PartialDirectory(Path target) throws IOException {
        Path absolute = target.toAbsolutePath();
        Path parent = absolute.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new NoSuchFileException(target.toString(), null, "its parent is not a directory: make it first");
        }
        path = absolute.resolveSibling("." + absolute.getFileName() + "." + UUID.randomUUID() + ".part");
        Files.createDirectory(path);
    }

    /** Where to write. */
    Path path() {
        return path;
    }

    /** Gives it its name. */
    void moveTo(Path target) throws IOException {
        Files.move(path, target);
    }

    /** Removes what was not moved. */
    @Override
    public void close() throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        List<Path> content;
        try (Stream<Path> files = Files.walk(path)) {
            content = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : content) {
            Files.delete(file);
        }
    }
}
