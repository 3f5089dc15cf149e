package bitnet.coreml.artifact;

import java.util.List;

/**
 * An {@code .mlpackage} directory of an artifact.
 *
 * @param file its name beside the manifest
 * @param role what it computes
 * @param first the first layer of {@link Role#BLOCKS}, the first token of {@link Role#HEAD}
 * @param count layers or tokens
 * @param bytes of all its files
 * @param sha256 of its files' names and contents, in hexadecimal: what a cache of compiled models goes by
 * @param functions that it has; those of {@link Role#HEAD} give parts of the logits, in ascending order of tokens
 */
public record ModelPackage(
        String file, Role role, int first, int count, long bytes, String sha256, List<Function> functions) {
    /** Copies the list. */
    public ModelPackage {
        functions = List.copyOf(functions);
    }

    /**
     * A function by its name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public Function function(String name) {
        return functions.stream()
                .filter(function -> function.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(file + " has no function " + name));
    }
}
