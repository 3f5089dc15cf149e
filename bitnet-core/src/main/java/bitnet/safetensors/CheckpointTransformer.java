package bitnet.safetensors;

import bitnet.model.Attention;
import bitnet.model.FloatTable;
import bitnet.model.GatedFeedForward;
import bitnet.model.Layer;
import bitnet.model.Linear;
import bitnet.model.ModelConfig;
import bitnet.model.TernaryTensor;
import bitnet.model.Transformer;
import java.util.ArrayList;
import java.util.List;

/** Finds the tensors of a transformer in a checkpoint, by the names that transformers gives them. */
final class CheckpointTransformer {
    private final Checkpoint checkpoint;
    private final HuggingFaceConfig config;
    private final ModelConfig model;

    CheckpointTransformer(Checkpoint checkpoint, HuggingFaceConfig config) {
        this.checkpoint = checkpoint;
        this.config = config;
        this.model = config.model();
    }

    /** The whole model. */
    Transformer read() {
        checkpoint.refuseBiases();
        FloatTable embedding = table("model.embed_tokens.weight");
        FloatTable head = config.tied() ? embedding : table("lm_head.weight");
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < model.layers(); i++) {
            layers.add(layer("model.layers." + i + "."));
        }
        return new Transformer(model, embedding, layers, norm("model.norm", model.hidden()), head);
    }

    private Layer layer(String block) {
        String attention = block + "self_attn.";
        String mlp = block + "mlp.";
        boolean subNorms = config.family().hasSubNorms();
        float[] attentionNorm = norm(block + "input_layernorm", model.hidden());
        Attention mixer = new Attention(
                new Linear(linear(attention + "q_proj", model.queryWidth(), model.hidden())),
                new Linear(linear(attention + "k_proj", model.kvWidth(), model.hidden())),
                new Linear(linear(attention + "v_proj", model.kvWidth(), model.hidden())),
                null,
                new Linear(
                        linear(attention + "o_proj", model.hidden(), model.queryWidth()),
                        subNorms
                                ? norm(oneOf(attention, "attn_sub_norm", "inner_attn_ln"), model.queryWidth())
                                : null));
        float[] feedForwardNorm = norm(block + "post_attention_layernorm", model.hidden());
        GatedFeedForward feedForward = new GatedFeedForward(
                new Linear(linear(mlp + "gate_proj", model.feedForward(), model.hidden())),
                new Linear(linear(mlp + "up_proj", model.feedForward(), model.hidden())),
                model.activation(),
                new Linear(
                        linear(mlp + "down_proj", model.hidden(), model.feedForward()),
                        subNorms ? norm(oneOf(mlp, "ffn_sub_norm", "ffn_layernorm"), model.feedForward()) : null));
        return new Layer(attentionNorm, mixer, feedForwardNorm, feedForward);
    }

    /** A sub-norm goes by its name in transformers, or by the one that 1bitLLM gave it. */
    private String oneOf(String module, String name, String older) {
        return checkpoint.has(module + older + ".weight") ? module + older : module + name;
    }

    private TernaryTensor linear(String module, int rows, int columns) {
        return StoredTernary.of(checkpoint, module + ".weight", config.quantization(), rows, columns);
    }

    private float[] norm(String module, int width) {
        return FloatTensors.vector(checkpoint.tensor(module + ".weight", width));
    }

    private FloatTable table(String name) {
        return FloatTensors.table(
                checkpoint.tensor(name, model.vocabulary(), model.hidden()), model.vocabulary(), model.hidden());
    }
}
