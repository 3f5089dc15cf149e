package bitnet.coreml.artifact;

import bitnet.ModelFormatException;
import bitnet.model.ModelFingerprint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * An export on disk.
 *
 * @param directory where the manifest and the packages lie
 * @param manifest what it says
 */
public record Artifact(Path directory, Manifest manifest) {
    /**
     * Reads an export.
     *
     * @param directory with a {@value Manifest#FILE}
     * @throws ModelFormatException if the manifest cannot be read, or a package that it names is not there
     */
    public static Artifact open(Path directory) {
        Artifact artifact = new Artifact(directory, Manifest.read(directory.resolve(Manifest.FILE)));
        for (ModelPackage one : artifact.manifest.packages()) {
            Path file = artifact.path(one);
            if (!Files.isDirectory(file)) {
                throw new ModelFormatException(file.toString(), "package", "does not exist; export again");
            }
        }
        return artifact;
    }

    /** Where a package lies. */
    public Path path(ModelPackage one) {
        return directory.resolve(one.file());
    }

    /** Where an export of a model is looked for first: {@code model.coreml} beside {@code model.gguf}. */
    public static Path beside(Path model) {
        Path file = model.toAbsolutePath().normalize();
        String name = String.valueOf(file.getFileName());
        int dot = name.lastIndexOf('.');
        return file.resolveSibling((dot > 0 && Files.isRegularFile(file) ? name.substring(0, dot) : name) + ".coreml");
    }

    /**
     * The first of some directories that holds an export of a model.
     *
     * @param fingerprint of the model: {@link ModelFingerprint}
     * @param directories to look into, in this order
     */
    public static Search find(String fingerprint, List<Path> directories) {
        return Search.of(fingerprint, directories);
    }
}
