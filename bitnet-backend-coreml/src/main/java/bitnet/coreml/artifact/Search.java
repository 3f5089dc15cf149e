package bitnet.coreml.artifact;

import bitnet.ModelFormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the search for an export went.
 *
 * @param found the export; null if there is none
 * @param passed why each directory that came before was passed over, one sentence each
 */
public record Search(@Nullable Artifact found, List<String> passed) {
    /** Copies the list. */
    public Search {
        passed = List.copyOf(passed);
    }

    static Search of(String fingerprint, List<Path> directories) {
        List<String> passed = new ArrayList<>();
        for (Path directory : directories) {
            if (!Files.exists(directory.resolve(Manifest.FILE))) {
                passed.add("there is no " + Manifest.FILE + " in " + directory);
                continue;
            }
            try {
                Artifact artifact = Artifact.open(directory);
                Manifest manifest = artifact.manifest();
                if (manifest.fingerprint().equals(fingerprint)) {
                    return new Search(artifact, passed);
                }
                passed.add(directory + " is an export of another model, " + manifest.model() + " (fingerprint "
                        + manifest.fingerprint().substring(0, 12) + ", not " + fingerprint.substring(0, 12) + ")");
            } catch (ModelFormatException e) {
                passed.add(String.valueOf(e.getMessage()));
            }
        }
        return new Search(null, passed);
    }
}
