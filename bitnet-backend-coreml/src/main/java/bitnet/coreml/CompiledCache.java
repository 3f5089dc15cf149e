package bitnet.coreml;

import bitnet.coreml.ffm.CoreMl;
import bitnet.coreml.mlpackage.PackageDigest;
import bitnet.natives.UserCache;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Packages compiled for this machine, in the user's cache: {@code ~/Library/Caches/bitnet/coreml/<sha-256 of the
 * package>-<version of macOS>.mlmodelc}. Compiling takes long, and what one version of macOS compiled, the next may refuse.
 * A directory appears under its name only when it is whole. Nothing is deleted but what this process was making.
 */
final class CompiledCache {
    private static final Logger log = LoggerFactory.getLogger(CompiledCache.class);

    private CompiledCache() {}

    /**
     * The compiled package: the one that is there already, or a new one.
     *
     * @param modelPackage the {@code .mlpackage}
     * @param sha256 what {@link PackageDigest} must say of it
     * @throws IOException if the package cannot be read or is another one, or the cache cannot be written
     * @throws CoreMlException if Core ML cannot compile it
     */
    static Path compile(Path modelPackage, String sha256) throws IOException {
        Path cache = UserCache.of("coreml").create();
        Path compiled = cache.resolve(sha256 + "-" + MacOs.version() + ".mlmodelc");
        if (Files.isDirectory(compiled)) {
            return compiled;
        }
        String found = PackageDigest.of(modelPackage).sha256();
        if (!found.equals(sha256)) {
            throw new IOException(modelPackage + " is damaged: its SHA-256 is " + found + " and not " + sha256
                    + "; export the model again");
        }
        log.info("compiling {} for this machine, which may take minutes the first time", modelPackage);
        Path part = cache.resolve(UUID.randomUUID() + ".mlmodelc");
        CoreMl.compile(modelPackage, part);
        try {
            Files.move(part, compiled, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            delete(part);
            if (!Files.isDirectory(compiled)) { // and not that another process was faster
                throw e;
            }
        }
        return compiled;
    }

    /** Deletes a directory that this process made, and all in it. */
    static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
