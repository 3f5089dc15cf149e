package bitnet.coreml.export;

import bitnet.coreml.artifact.Artifact;
import bitnet.coreml.artifact.Manifest;
import bitnet.coreml.artifact.ModelPackage;
import bitnet.coreml.artifact.Role;
import bitnet.model.Layer;
import bitnet.model.ModelConfig;
import bitnet.model.ModelFile;
import bitnet.model.ModelFingerprint;
import bitnet.model.TernaryTensor;
import bitnet.model.Transformer;
import bitnet.spi.ModelFeature;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Writes models as Core ML packages, in Java alone. Tensors pass through one after another; the heap holds the programs, a
 * few megabytes. The same model and the same options give the same bytes.
 */
public final class CoreMlExporter {
    /** Of what is written: raised with every change that gives the same model other bytes. */
    public static final String VERSION = "1";

    /** Positions of the state if nobody says, and the model was trained for more. */
    public static final int MAX_DEFAULT_CONTEXT = 4096;

    private static final int CONTEXT_MULTIPLE = 32;
    /** With any score that the range check lets through, a sum that F16 holds and whose exponential is zero. */
    private static final float MASK_VALUE = -40000;

    private CoreMlExporter() {}

    /**
     * Exports a model.
     *
     * @param directory to make; it gets its name when all of it is written
     * @throws FileAlreadyExistsException if the directory exists
     * @throws IOException if it cannot be written, or its parent does not exist
     * @throws IllegalArgumentException if an option does not fit the model
     * @throws bitnet.ModelUnsupportedException if values of the model leave the range of F16, or it has a shape that
     *     packages cannot hold
     * @throws bitnet.ModelFormatException if the model is damaged
     * @throws java.util.concurrent.CancellationException if the options' cancellation said so
     */
    public static ExportReport export(ModelFile file, Path directory, ExportOptions options) throws IOException {
        if (Files.exists(directory)) {
            throw new FileAlreadyExistsException(directory.toString());
        }
        Transformer model = file.transformer();
        ModelFeature.require(model, "coreml", Set.of());
        ModelConfig config = model.config();
        int context = context(config, options);
        Packaging packaging = Packaging.of(model, options.chunks(), options.head());
        Ranges ranges = Calibration.run(file, options);
        Folding folding = Folding.of(file.source(), model, ranges);
        try (PartialDirectory part = new PartialDirectory(directory)) {
            PackageExport export = new PackageExport(part.path(), context, folding, options);
            List<ModelPackage> packages = export.write(model, packaging);
            Manifest manifest = new Manifest(
                    VERSION,
                    file.name(),
                    ModelFingerprint.of(model),
                    context,
                    options.prefillBatch(),
                    "fp16",
                    options.head(),
                    options.exactActivations(),
                    folding.residual(),
                    MASK_VALUE,
                    packages);
            manifest.write(part.path().resolve(Manifest.FILE));
            part.moveTo(directory);
            Artifact artifact = new Artifact(directory, manifest);
            return new ExportReport(
                    artifact,
                    weights(model),
                    bytes(manifest, Role.BLOCKS),
                    bytes(manifest, Role.HEAD),
                    export.headError(),
                    ranges.tokens(),
                    folding.largest());
        }
    }

    private static int context(ModelConfig config, ExportOptions options) {
        if (options.context() > config.contextLength()) {
            throw new IllegalArgumentException(
                    "context is " + options.context() + ", but the model was trained for " + config.contextLength());
        }
        int wanted = options.context() > 0 ? options.context() : Math.min(config.contextLength(), MAX_DEFAULT_CONTEXT);
        int context = Math.ceilDiv(wanted, CONTEXT_MULTIPLE) * CONTEXT_MULTIPLE;
        if (context < options.prefillBatch()) {
            throw new IllegalArgumentException(
                    "a context of " + context + " has no room for a prefill of " + options.prefillBatch());
        }
        return context;
    }

    private static long bytes(Manifest manifest, Role role) {
        return manifest.packages(role).stream().mapToLong(ModelPackage::bytes).sum();
    }

    private static long weights(Transformer model) {
        List<TernaryTensor> tensors = new ArrayList<>();
        for (Layer layer : model.layers()) {
            tensors.addAll(layer.matrices());
        }
        return tensors.stream()
                .mapToLong(tensor -> (long) tensor.rows() * tensor.columns())
                .sum();
    }
}
