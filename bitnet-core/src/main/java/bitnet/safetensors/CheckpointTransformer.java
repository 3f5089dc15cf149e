package bitnet.safetensors;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.family.Decoder;
import bitnet.family.DecoderReader;
import bitnet.family.Family;
import bitnet.family.Family.Trait;
import bitnet.family.TensorNames;
import bitnet.family.Weights;
import bitnet.model.Pooling;
import bitnet.model.Rope;
import bitnet.model.RopeFrequencies;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTable;
import bitnet.model.TernaryTensor;
import bitnet.model.TokenTable;
import bitnet.model.Transformer;
import org.jspecify.annotations.Nullable;

/** The tensors of a transformer in a checkpoint, by the names that transformers gives them. */
final class CheckpointTransformer implements Weights {
    private final Checkpoint checkpoint;
    private final HuggingFaceConfig config;
    private final @Nullable Pooling pooling;
    private final ScaleGranularity granularity;

    /** @param pooling of an embedding model; null for a language model */
    CheckpointTransformer(Checkpoint checkpoint, HuggingFaceConfig config, @Nullable Pooling pooling) {
        this.checkpoint = checkpoint;
        this.config = config;
        this.pooling = pooling;
        Quantization.Affine affine = config.quantization().affine();
        this.granularity = affine == null ? ScaleGranularity.TENSOR : AffineScales.of(checkpoint, affine);
    }

    private TensorNames names(Family family) {
        TensorNames names = TensorNames.HUGGING_FACE;
        if (family == Family.GEMMA3_EMBEDDING) {
            names = names.ofGemma();
        }
        return checkpoint.has(names.embedding()) ? names : names.withoutPrefix();
    }

    /** Their absence tells a float model of the same class. */
    private void requireInputNorms(TensorNames names) {
        String query = names.layer().formatted(0) + names.query();
        if (checkpoint.has(query) && !checkpoint.has(names.inputNorm(query))) {
            throw new ModelUnsupportedException(
                    checkpoint.source(),
                    "the projections have no norms of their own (" + names.inputNorm(query)
                            + "): this is a float model of class "
                            + config.model().architecture() + "; bitnet runs BitNet embeddings of that class");
        }
    }

    /** The whole model. */
    Transformer read() {
        requireSaneAngles("rope_theta", config.model().rope());
        config.scopes().forEach(scope -> requireSaneAngles("rope_local_base_freq", scope.rope()));
        Family family = config.family().family();
        TensorNames names = names(family);
        if (family.has(Trait.INPUT_NORMS)) {
            requireInputNorms(names);
        }
        Decoder decoder = new Decoder(family, config.model(), config.scopes(), config.tied(), pooling);
        Transformer model = DecoderReader.read(decoder, names, this);
        checkpoint.requireAllUsed();
        return model;
    }

    private void requireSaneAngles(String key, Rope rope) {
        float[] angles = rope.inverseFrequencies();
        int absurd = RopeFrequencies.firstAbsurd(angles);
        if (absurd >= 0) {
            throw new ModelFormatException(
                    checkpoint.source(),
                    key,
                    "with its scaling it turns pair " + absurd + " by " + angles[absurd] + " radians a position");
        }
    }

    @Override
    public boolean has(String name) {
        return checkpoint.has(name);
    }

    @Override
    public float[] norm(String name, int width, boolean aroundOne) {
        StoredTensor tensor = checkpoint.tensor(name, width);
        return aroundOne ? FloatTensors.normAroundOne(tensor) : FloatTensors.norm(tensor);
    }

    @Override
    public TernaryTensor matrix(String name, int rows, int columns, boolean rotated) {
        Quantization.Affine affine = config.quantization().affine();
        return affine == null
                ? StoredTernary.of(checkpoint, name, config.quantization(), rows, columns)
                : StoredAffine.of(checkpoint, name, affine, granularity, rows, columns);
    }

    @Override
    public TokenTable table(String name, int rows, int columns) {
        Quantization.Affine affine = config.quantization().affine();
        return affine == null
                ? FloatTensors.table(checkpoint.tensor(name, rows, columns), rows, columns)
                : new TernaryTable(StoredAffine.of(checkpoint, name, affine, granularity, rows, columns));
    }
}
