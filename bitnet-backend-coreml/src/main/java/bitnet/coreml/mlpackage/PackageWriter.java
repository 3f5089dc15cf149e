package bitnet.coreml.mlpackage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** Writes the directory around a program and its weights. */
public final class PackageWriter implements AutoCloseable {
    private static final String PROGRAM = "com.apple.CoreML/model.mlmodel";
    private static final String WEIGHTS = "com.apple.CoreML/weights";

    private final Path directory;
    private final WeightFile weights;

    /**
     * Begins a package.
     *
     * @param directory to make
     */
    public PackageWriter(Path directory) throws IOException {
        this.directory = directory;
        Path data = Files.createDirectories(directory.resolve("Data").resolve(WEIGHTS));
        weights = new WeightFile(data.resolve("weight.bin"));
    }

    /** Where the program's weights go. */
    public WeightFile weights() {
        return weights;
    }

    /** Writes the program, which ends the package. */
    public void finish(byte[] program) throws IOException {
        weights.close();
        Files.write(directory.resolve("Data").resolve(PROGRAM), program);
        String name = String.valueOf(directory.getFileName());
        Files.writeString(directory.resolve("Manifest.json"), manifest(id(name, PROGRAM), id(name, WEIGHTS)));
    }

    /** Ends what was begun. */
    @Override
    public void close() throws IOException {
        weights.close();
    }

    /** Core ML wants a UUID; it need not be random, and then the same model gives the same bytes. */
    private static String id(String packageName, String item) {
        String name = "bitnet/" + packageName + "/" + item;
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
    }

    private static String manifest(String program, String weights) {
        return """
            {
              "fileFormatVersion": "1.0.0",
              "itemInfoEntries": {
                "%1$s": {
                  "author": "com.apple.CoreML",
                  "description": "CoreML Model Specification",
                  "name": "model.mlmodel",
                  "path": "%3$s"
                },
                "%2$s": {
                  "author": "com.apple.CoreML",
                  "description": "CoreML Model Weights",
                  "name": "weights",
                  "path": "%4$s"
                }
              },
              "rootModelIdentifier": "%1$s"
            }
            """.formatted(program, weights, PROGRAM, WEIGHTS);
    }
}
