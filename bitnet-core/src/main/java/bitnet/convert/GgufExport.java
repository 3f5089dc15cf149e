package bitnet.convert;

import bitnet.ModelUnsupportedException;
import bitnet.gguf.GgufTensorType;
import bitnet.gguf.GgufWriter;
import bitnet.model.Attention;
import bitnet.model.FloatTable;
import bitnet.model.GatedFeedForward;
import bitnet.model.HadamardRotation;
import bitnet.model.Head;
import bitnet.model.Layer;
import bitnet.model.Linear;
import bitnet.model.ModelConfig;
import bitnet.model.ModelFile;
import bitnet.model.TernaryTable;
import bitnet.model.TernaryTensor;
import bitnet.model.TokenTable;
import bitnet.model.Transformer;
import bitnet.tensor.ElementType;
import bitnet.tensor.Quantize;
import bitnet.tensor.TernaryFormat;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A model laid out as a GGUF file: which tensors under which names, and how their contents come about. */
final class GgufExport {
    private final String source;
    private final ConvertOptions options;
    private final Transformer model;
    private final String architecture;
    private final TernaryFormat format;
    private final GgufWriter writer = new GgufWriter();
    private final @Nullable ElementType embeddingType;
    private long done;
    private long total;

    private GgufExport(ModelFile file, ConvertOptions options) {
        this.source = file.source();
        this.options = options;
        this.model = file.transformer();
        this.architecture = ExportMetadata.architecture(file.source(), model, options.type());
        this.format = options.type().format(options.layout());
        this.embeddingType = model.embedding() instanceof FloatTable table ? typeOf(table) : null;
    }

    static GgufExport of(ModelFile file, ConvertOptions options) {
        GgufExport export = new GgufExport(file, options);
        float[] divisors = ExportMetadata.write(export.writer, file, export.model, export.architecture, options.type());
        export.addTensors(divisors);
        return export;
    }

    GgufWriter writer() {
        return writer;
    }

    String architecture() {
        return architecture;
    }

    /** Null for an embedding of ternary weights. */
    @Nullable
    ElementType embeddingType() {
        return embeddingType;
    }

    private void addTensors(float @Nullable [] ropeDivisors) {
        add("token_embd.weight", model.embedding());
        if (ropeDivisors != null) {
            add("rope_freqs.weight", ropeDivisors);
        }
        for (int i = 0; i < model.layers().size(); i++) {
            add("blk." + i + ".", model.layers().get(i));
        }
        add("output_norm.weight", model.outputNorm());
        if (model.output() instanceof Head(TokenTable head, HadamardRotation _) && !model.isTied()) {
            add("output.weight", head);
        }
        total = writer.tensorBytes();
    }

    private void add(String prefix, Layer layer) {
        ModelConfig config = model.config();
        boolean adjacent = ExportMetadata.hasAdjacentPairs(architecture);
        int[] queryRows = order(config.queryWidth(), adjacent);
        int[] kvRows = order(config.kvWidth(), adjacent);
        Attention attention = layer.attention();
        GatedFeedForward feedForward = layer.gated();
        boolean inputNorms = attention.query().inputNorm() != null;
        add(prefix + "attn_norm.weight", layer.mixerNorm());
        if (attention.headNorms() != null) {
            add(prefix + "attn_q_norm.weight", attention.headNorms().query());
            add(prefix + "attn_k_norm.weight", attention.headNorms().key());
        }
        add(prefix + "attn_q", attention.query(), queryRows);
        add(prefix + "attn_k", attention.key(), kvRows);
        add(prefix + "attn_v", attention.value(), order(config.kvWidth(), false));
        add(prefix + "attn_output", attention.output(), inputNorms ? null : prefix + "attn_sub_norm.weight");
        addIfPresent(prefix + "post_attention_norm.weight", layer.afterMixer());
        add(prefix + "ffn_norm.weight", layer.feedForwardNorm());
        add(prefix + "ffn_gate", feedForward.gate(), order(config.feedForward(), false));
        add(prefix + "ffn_up", feedForward.up(), order(config.feedForward(), false));
        add(prefix + "ffn_down", feedForward.down(), inputNorms ? null : prefix + "ffn_sub_norm.weight");
        addIfPresent(prefix + "post_ffw_norm.weight", layer.afterFeedForward());
    }

    private void add(String name, Linear linear, int[] order) {
        addIfPresent(name + "_norm_in.weight", linear.inputNorm());
        add(name + ".weight", linear.weight(), order);
    }

    /** @param subNorm what the input's norm is called in models where other projections have none; null elsewhere */
    private void add(String name, Linear linear, @Nullable String subNorm) {
        addIfPresent(subNorm == null ? name + "_norm_in.weight" : subNorm, linear.inputNorm());
        add(name + ".weight", linear.weight(), order(model.config().hidden(), false));
    }

    private int[] order(int rows, boolean adjacent) {
        return adjacent ? TernaryFormat.inAdjacentPairs(rows, model.config().headDim()) : TernaryFormat.inOrder(rows);
    }

    private void addIfPresent(String name, float @Nullable [] norm) {
        if (norm != null) {
            add(name, norm);
        }
    }

    private void add(String name, float[] vector) {
        writer.tensor(name, GgufTensorType.F32, List.of((long) vector.length), output -> {
            byte[] bytes = new byte[vector.length * Float.BYTES];
            Quantize.row(ElementType.F32, vector, MemorySegment.ofArray(bytes), 0);
            write(output, MemorySegment.ofArray(bytes));
        });
    }

    private void add(String name, TokenTable table) {
        switch (table) {
            case FloatTable floats -> add(name, floats);
            case TernaryTable(TernaryTensor tensor) -> {
                if (options.embeddingType() != null) {
                    throw new ModelUnsupportedException(
                            source,
                            table.name()
                                    + " is ternary and written as the other weights are; leave out the embedding type");
                }
                add(name, tensor, order(tensor.rows(), false));
            }
        }
    }

    private void add(String name, FloatTable table) {
        ElementType type = typeOf(table);
        if (table.columns() % type.blockElements() != 0) {
            throw new ModelUnsupportedException(
                    source,
                    table.name() + " has rows of " + table.columns() + " elements, and " + type
                            + " needs a multiple of " + type.blockElements() + "; choose another embedding type");
        }
        GgufTensorType stored = GgufTensorType.valueOf(type.name());
        writer.tensor(name, stored, List.of((long) table.columns(), (long) table.rows()), output -> {
            TableContent.write(source, table, type, part -> write(output, part));
        });
    }

    /** The type that a table is written as. */
    private ElementType typeOf(FloatTable table) {
        ElementType wanted = options.embeddingType();
        if (wanted != null) {
            return wanted;
        }
        return Quantize.supports(table.type()) && table.type() != ElementType.F32 ? table.type() : ElementType.F16;
    }

    private void add(String name, TernaryTensor tensor, int[] order) {
        var content = new TernaryContent(source, tensor, options.type(), format, order);
        List<Long> dimensions = List.of((long) tensor.columns(), (long) tensor.rows());
        writer.tensor(name, options.type().tensorType(), dimensions, output -> {
            options.cancellation().check();
            content.write(bytes -> write(output, bytes));
        });
    }

    private void write(GgufWriter.Output output, MemorySegment bytes) throws java.io.IOException {
        options.cancellation().check();
        output.write(bytes);
        done += bytes.byteSize();
        options.progress().at(done, total);
    }
}
