package bitnet.coreml;

import bitnet.coreml.artifact.Artifact;
import bitnet.coreml.artifact.Manifest;
import bitnet.coreml.artifact.Search;
import bitnet.model.ModelFingerprint;
import bitnet.model.Transformer;
import bitnet.spi.UnsupportedByBackendException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where exports are looked for: in the directory that {@value #PROPERTY} or the environment's {@value #VARIABLE} names, which
 * is an export or has some in it, and then beside the model, where {@code model.gguf} has {@code model.coreml}.
 */
final class Exports {
    /** The system property. */
    static final String PROPERTY = "bitnet.coreml.path";
    /** The environment variable, if there is no such property. */
    static final String VARIABLE = "BITNET_COREML_PATH";

    private Exports() {}

    /** Whether there is any export where one of this model may be. Reads no weights. */
    static boolean any(Path source) {
        return directories(source).stream().anyMatch(Exports::isExport);
    }

    /**
     * The export of a model.
     *
     * @param source the model's file or directory, if it has one
     * @throws UnsupportedByBackendException if there is none; the message says what was found and how one is made
     */
    static Artifact find(Transformer model, @Nullable Path source) {
        List<Path> directories = directories(source);
        List<String> passed = List.of("there is no export");
        if (directories.stream().anyMatch(Exports::isExport)) {
            Search search = Artifact.find(ModelFingerprint.of(model), directories);
            if (search.found() != null) {
                return search.found();
            }
            passed = search.passed();
        } else if (!directories.isEmpty()) {
            passed = directories.stream()
                    .map(directory -> "there is no " + Manifest.FILE + " in " + directory)
                    .toList();
        }
        String name = source == null ? "MODEL" : source.toString();
        String target = source == null ? "DIR" : Artifact.beside(source).toString();
        throw new UnsupportedByBackendException(
                String.join("; ", passed) + ". Make one with: bitnet export --format coreml " + name + " " + target);
    }

    private static List<Path> directories(@Nullable Path source) {
        List<Path> directories = new ArrayList<>();
        String configured = System.getProperty(PROPERTY, System.getenv(VARIABLE));
        if (configured != null && !configured.isBlank()) {
            Path directory = Path.of(configured);
            directories.add(directory);
            if (!isExport(directory)) {
                directories.addAll(exportsIn(directory));
            }
        }
        if (source != null) {
            directories.add(Artifact.beside(source));
        }
        return directories;
    }

    private static List<Path> exportsIn(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(Exports::isExport).sorted().toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static boolean isExport(Path directory) {
        return Files.isRegularFile(directory.resolve(Manifest.FILE));
    }
}
