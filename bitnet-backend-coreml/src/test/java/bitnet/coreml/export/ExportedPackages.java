package bitnet.coreml.export;

import bitnet.coreml.artifact.Artifact;
import bitnet.coreml.artifact.Role;
import bitnet.model.Transformer;
import java.io.IOException;
import java.nio.file.Path;

/** Exports for tests of other packages. */
public final class ExportedPackages {
    private ExportedPackages() {}

    /** Exports a model with a context of 64 and prefills of 8; where the package with its blocks lies. */
    public static Path blocks(Transformer model, Path directory) throws IOException {
        Artifact artifact = CoreMlExporter.export(
                        new SyntheticFile("synthetic", model),
                        directory,
                        ExportOptions.defaults().withContext(64).withPrefillBatch(8))
                .artifact();
        return artifact.path(artifact.manifest().packages(Role.BLOCKS).getFirst());
    }
}
