package bitnet.safetensors;

import bitnet.ModelFormatException;
import bitnet.family.DecoderReader;
import bitnet.family.TensorNames;
import bitnet.family.Weights;
import bitnet.model.RopeFrequencies;
import bitnet.model.TernaryTable;
import bitnet.model.TernaryTensor;
import bitnet.model.TokenTable;
import bitnet.model.Transformer;

/** The tensors of a transformer in a checkpoint, by the names that transformers gives them. */
final class CheckpointTransformer implements Weights {
    private final Checkpoint checkpoint;
    private final HuggingFaceConfig config;

    CheckpointTransformer(Checkpoint checkpoint, HuggingFaceConfig config) {
        this.checkpoint = checkpoint;
        this.config = config;
    }

    /** The whole model. */
    Transformer read() {
        float[] angles = config.model().rope().inverseFrequencies();
        int absurd = RopeFrequencies.firstAbsurd(angles);
        if (absurd >= 0) {
            throw new ModelFormatException(
                    checkpoint.source(),
                    "rope_theta",
                    "with its scaling it turns pair " + absurd + " by " + angles[absurd] + " radians a position");
        }
        Transformer model = DecoderReader.read(
                config.family().family(), TensorNames.HUGGING_FACE, config.model(), config.tied(), this);
        checkpoint.requireAllUsed();
        return model;
    }

    @Override
    public boolean has(String name) {
        return checkpoint.has(name);
    }

    @Override
    public float[] vector(String name, int width) {
        return FloatTensors.norm(checkpoint.tensor(name, width));
    }

    @Override
    public TernaryTensor matrix(String name, int rows, int columns, boolean rotated) {
        Quantization.Affine affine = config.quantization().affine();
        return affine == null
                ? StoredTernary.of(checkpoint, name, config.quantization(), rows, columns)
                : StoredAffine.of(checkpoint, name, affine, rows, columns);
    }

    @Override
    public TokenTable table(String name, int rows, int columns) {
        Quantization.Affine affine = config.quantization().affine();
        return affine == null
                ? FloatTensors.table(checkpoint.tensor(name, rows, columns), rows, columns)
                : new TernaryTable(StoredAffine.of(checkpoint, name, affine, rows, columns));
    }
}
