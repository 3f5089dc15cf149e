package bitnet.convert;

import bitnet.ModelFormatException;
import bitnet.gguf.GgufModel;
import bitnet.gguf.GgufOptions;
import bitnet.model.Attention;
import bitnet.model.AttentionScope;
import bitnet.model.FloatTable;
import bitnet.model.HadamardRotation;
import bitnet.model.Head;
import bitnet.model.Layer;
import bitnet.model.Linear;
import bitnet.model.ModelConfig;
import bitnet.model.ModelFile;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTable;
import bitnet.model.TernaryTensor;
import bitnet.model.TokenTable;
import bitnet.model.Transformer;
import bitnet.spi.KernelBackend;
import bitnet.tokenizer.Tokenizer;
import bitnet.tokenizer.TokenizerSpec;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Compares a file that was just written with the model that it was written from. */
final class Verifier {
    private final ModelFile source;
    private final ModelFile written;
    private final Path target;
    private final ConvertOptions options;
    private int tensors;
    private long weights;
    private double scaleError;

    private Verifier(ModelFile source, ModelFile written, Path target, ConvertOptions options) {
        this.source = source;
        this.written = written;
        this.target = target;
        this.options = options;
    }

    static Verification verify(ModelFile source, Path file, Path target, ConvertOptions options) {
        try (GgufModel written = GgufModel.open(file, GgufOptions.DEFAULT.withI2sLayout(options.layout()))) {
            return new Verifier(source, written, target, options).verify();
        }
    }

    private Verification verify() {
        Transformer before = source.transformer();
        Transformer after = written.transformer();
        configuration(before.config(), after.config());
        vocabulary(source.tokenizer(), written.tokenizer());
        require("tokenizer.chat_template", source.chatTemplate().equals(written.chatTemplate()));
        require("general.sampling", source.samplingDefaults().equals(written.samplingDefaults()));
        for (int i = 0; i < before.layers().size(); i++) {
            layer("blk." + i + ".", before.layers().get(i), after.layers().get(i));
            require("blk." + i + ": its attention", scope(before, i).equals(scope(after, i)));
        }
        require("output_norm.weight", Arrays.equals(before.outputNorm(), after.outputNorm()));
        require("output.weight", before.isTied() == after.isTied());
        double embedding = table(before.embedding(), after.embedding());
        require(
                "output: " + after.output(),
                before.output() instanceof Head || before.output().equals(after.output()));
        require("embedding: its scale", before.embeddingScale() == after.embeddingScale());
        double head = before.output() instanceof Head(TokenTable table, HadamardRotation _) && !before.isTied()
                ? table(table, after.head())
                : 0;
        KernelBackend probe = options.probe();
        Verification.LogitsDistance logits =
                probe == null ? null : LogitsProbe.compare(probe, before, after, options.cancellation());
        return new Verification(tensors, weights, scaleError, embedding, head, logits);
    }

    private void configuration(ModelConfig before, ModelConfig after) {
        ModelConfig expected = new ModelConfig(
                after.architecture(),
                before.name(),
                before.layers(),
                before.hidden(),
                before.feedForward(),
                before.heads(),
                before.kvHeads(),
                before.headDim(),
                before.vocabulary(),
                before.contextLength(),
                before.normEpsilon(),
                before.activation(),
                before.rope());
        require("metadata: " + after + " is not " + expected, expected.equals(after));
    }

    private void vocabulary(TokenizerSpec before, TokenizerSpec after) {
        int size = before.tokens().size();
        require("tokenizer.ggml.tokens", before.tokens().equals(after.tokens().subList(0, size)));
        require("tokenizer.ggml.token_type", before.types().equals(after.types().subList(0, size)));
        require("tokenizer.ggml.merges", before.merges().equals(after.merges()));
        int scores = Math.min(before.scores().length, after.scores().length);
        require(
                "tokenizer.ggml.scores",
                scores == before.scores().length
                        && Arrays.equals(before.scores(), 0, scores, after.scores(), 0, scores));
        require("tokenizer.ggml.pre", before.preTokenizer() == after.preTokenizer());
        require(
                "tokenizer.ggml.pre: pieces that are tokens",
                before.ignoreMerges() == after.ignoreMerges() || wholeTokensMerge(before, after));
        require("tokenizer.ggml.bos_token_id", before.bos() == after.bos() && before.addBos() == after.addBos());
        require("tokenizer.ggml.eos_token_id", before.eos() == after.eos() && before.addEos() == after.addEos());
        require(
                "tokenizer.ggml.eot_token_id: the tokens that end an answer",
                before.endOfGeneration().equals(after.endOfGeneration()));
        require("tokenizer.ggml.add_space_prefix", before.addSpacePrefix() == after.addSpacePrefix());
    }

    /**
     * Whether it makes no difference if pieces that are tokens are taken whole before merging, which GGUF always does for
     * this pre-tokenizer: merging their letters gives every token too.
     */
    private static boolean wholeTokensMerge(TokenizerSpec before, TokenizerSpec after) {
        Tokenizer first = Tokenizer.of(before);
        Tokenizer second = Tokenizer.of(after);
        return IntStream.range(0, before.tokens().size()).allMatch(id -> {
            String text = first.decode(new int[] {id}, false);
            return Arrays.equals(first.encode(text, false), second.encode(text, false));
        });
    }

    private void layer(String prefix, Layer before, Layer after) {
        options.cancellation().check();
        List<TernaryTensor> expected = before.matrices();
        List<TernaryTensor> found = after.matrices();
        for (int i = 0; i < expected.size(); i++) {
            ternary(expected.get(i), found.get(i));
        }
        require(prefix + "attn_norm.weight", Arrays.equals(before.mixerNorm(), after.mixerNorm()));
        require(prefix + "ffn_norm.weight", Arrays.equals(before.feedForwardNorm(), after.feedForwardNorm()));
        require(prefix + "post_attention_norm.weight", Arrays.equals(before.afterMixer(), after.afterMixer()));
        require(prefix + "post_ffw_norm.weight", Arrays.equals(before.afterFeedForward(), after.afterFeedForward()));
        Attention.HeadNorms heads = before.attention().headNorms();
        Attention.HeadNorms foundHeads = after.attention().headNorms();
        require(
                prefix + "attn_q_norm.weight, attn_k_norm.weight",
                heads == null
                        ? foundHeads == null
                        : foundHeads != null
                                && Arrays.equals(heads.query(), foundHeads.query())
                                && Arrays.equals(heads.key(), foundHeads.key()));
        boolean subNorms = before.attention().query().inputNorm() == null;
        List<Linear> linears = linears(before);
        List<Linear> foundLinears = linears(after);
        for (int i = 0; i < linears.size(); i++) {
            String projection = foundLinears.get(i).weight().name();
            String norm = !subNorms
                    ? projection.replace(".weight", "_norm_in.weight")
                    : prefix + (projection.contains("ffn") ? "ffn_sub_norm.weight" : "attn_sub_norm.weight");
            require(
                    norm,
                    Arrays.equals(
                            linears.get(i).inputNorm(), foundLinears.get(i).inputNorm()));
        }
    }

    private static List<Linear> linears(Layer layer) {
        return Stream.concat(layer.mixer().linears().stream(), layer.feedForward().linears().stream())
                .toList();
    }

    private static AttentionScope scope(Transformer model, int layer) {
        return Objects.requireNonNullElse(
                model.layers().get(layer).attention().scope(), model.config().attentionScope());
    }

    /** How far a table is from what was written; 0 for one of ternary weights, which must be equal. */
    private double table(TokenTable before, TokenTable after) {
        return switch (before) {
            case FloatTable floats -> TableDistance.of(target.toString(), floats, FloatTable.require(after));
            case TernaryTable(TernaryTensor tensor) -> {
                require(after.name() + ": its type", after instanceof TernaryTable);
                ternary(tensor, ((TernaryTable) after).tensor());
                yield 0;
            }
        };
    }

    private void ternary(TernaryTensor before, TernaryTensor after) {
        require(after.name() + ": which weights share a scale", before.granularity() == after.granularity());
        try (Arena arena = Arena.ofShared()) {
            TernaryTensor.Packed expected = before.pack(arena);
            TernaryTensor.Packed found = after.pack(arena);
            require(after.name() + ": weights", expected.codes().mismatch(found.codes()) < 0);
            if (before.granularity() == ScaleGranularity.TENSOR) {
                scale(after.name(), expected.scale(), found);
            } else {
                require(after.name() + ": scales", expected.groupScales().mismatch(found.groupScales()) < 0);
            }
        }
        tensors++;
        weights += (long) before.rows() * before.columns();
    }

    private void scale(String name, float scale, TernaryTensor.Packed found) {
        float rounded = options.type().format(options.layout()).round(scale);
        boolean allZero = found.scale() == 0 && rounded != 0;
        require(name + ": scale", allZero ? isZero(found) : found.scale() == rounded);
        if (scale != 0 && !allZero) {
            scaleError = Math.max(scaleError, Math.abs(((double) found.scale() - scale) / scale));
        }
    }

    /** A tensor of zeros has lost its scale in formats without one for such blocks, and no harm is done. */
    private static boolean isZero(TernaryTensor.Packed packed) {
        for (long at = 0; at < packed.codes().byteSize(); at++) {
            if (packed.codes().get(java.lang.foreign.ValueLayout.JAVA_BYTE, at) != bitnet.tensor.TernaryLayout.ZEROS) {
                return false;
            }
        }
        return true;
    }

    private void require(String what, boolean equal) {
        if (!equal) {
            throw new ModelFormatException(
                    target.toString(), what, "does not read back as it was in " + source.source());
        }
    }
}
