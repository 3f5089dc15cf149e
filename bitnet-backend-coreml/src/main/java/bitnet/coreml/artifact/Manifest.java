package bitnet.coreml.artifact;

import bitnet.ModelFormatException;
import bitnet.model.ModelFingerprint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What lies beside the packages of an export, as {@value #FILE}: which model they are of, and everything that a program needs
 * to run them.
 *
 * <p>A token goes through all packages of {@link Role#BLOCKS} in their order, each given the output of the one before, and
 * then through those of {@link Role#HEAD}, whose logits stand side by side. What goes into the first is the token's row of
 * the model's embedding, which is not part of the export, times {@link #residualScale}.
 *
 * @param exporter the version of the exporter; the same one writes the same bytes for the same model
 * @param model the model's name for people
 * @param fingerprint of the model: {@link ModelFingerprint}
 * @param context positions that the state holds; a prefill needs room for all of its {@code prefillBatch} positions, padding
 *     included, so that near the end of the context only decode steps are left
 * @param prefillBatch tokens of a prefill; shorter prompts are padded behind, and what they leave in the state behind the
 *     prompt is written over by the tokens that follow
 * @param compute type of the activations: {@code fp16}
 * @param head how the head's rows are stored
 * @param exactActivations whether activations are rounded to the int8 grid before every ternary product
 * @param residualScale by what the residual stream is multiplied, from the embedding to the head: a power of two
 * @param maskValue what stands in the mask where a token does not see a position
 * @param packages those of {@link Role#BLOCKS} from the first layer to the last, then those of {@link Role#HEAD} from the
 *     first token to the last
 */
public record Manifest(
        String exporter,
        String model,
        String fingerprint,
        int context,
        int prefillBatch,
        String compute,
        HeadType head,
        boolean exactActivations,
        float residualScale,
        float maskValue,
        List<ModelPackage> packages) {
    /** The manifest's name in the directory of the packages. */
    public static final String FILE = "bitnet-coreml.json";
    /** The version of this format; a reader refuses any other. */
    public static final int VERSION = 1;

    /** Copies the list. */
    public Manifest {
        packages = List.copyOf(packages);
    }

    /** The packages of a role, in their order. */
    public List<ModelPackage> packages(Role role) {
        return packages.stream().filter(one -> one.role() == role).toList();
    }

    /**
     * Reads a manifest.
     *
     * @param file the manifest itself
     * @throws ModelFormatException if it cannot be read, is of another version, lacks a field or contradicts itself
     */
    public static Manifest read(Path file) {
        return ManifestReader.read(file);
    }

    /**
     * Writes the manifest.
     *
     * @param file the manifest itself; replaced if it is there
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        ManifestWriter.write(this, file);
    }
}
