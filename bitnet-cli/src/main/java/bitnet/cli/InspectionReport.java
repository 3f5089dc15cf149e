package bitnet.cli;

import bitnet.gguf.GgufModel;
import bitnet.gguf.GgufValue;
import bitnet.inspect.Finding;
import bitnet.inspect.Inspection;
import bitnet.inspect.StoredTensor;
import bitnet.model.Attention;
import bitnet.model.AttentionScope;
import bitnet.model.DeltaShape;
import bitnet.model.Head;
import bitnet.model.ModelConfig;
import bitnet.model.Pooling;
import bitnet.model.Transformer;
import bitnet.tokenizer.TokenizerSpec;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An inspection, written down.
 *
 * @param inspection what was found
 * @param withTensors whether every tensor is listed
 * @param withMetadata whether a GGUF file's metadata is
 */
record InspectionReport(Inspection inspection, boolean withTensors, boolean withMetadata) {

    /** For people. */
    String text() {
        StringBuilder text = new StringBuilder();
        line(text, "model", inspection.file().name());
        line(text, "source", inspection.file().source());
        line(text, "storage", inspection.file().storage());
        Transformer transformer = inspection.transformer();
        if (transformer != null) {
            shape(text, transformer);
        }
        TokenizerSpec vocabulary = inspection.vocabulary();
        if (vocabulary != null) {
            line(
                    text,
                    "vocabulary",
                    vocabulary.tokens().size() + " tokens, " + label(vocabulary.kind()) + ", begins "
                            + (vocabulary.addBos() ? "with " + word(vocabulary, vocabulary.bos()) : "with nothing")
                            + ", ends with "
                            + vocabulary.endOfGeneration().stream()
                                    .sorted()
                                    .map(id -> word(vocabulary, id))
                                    .collect(Collectors.joining(" ")));
        }
        var template = inspection.template();
        line(text, "chat", template == null ? "none" : template.name() + ": " + template.reason());
        if (withMetadata) {
            text.append("\nmetadata\n");
            metadata()
                    .forEach((key, value) -> text.append("  ")
                            .append(key)
                            .append(" = ")
                            .append(value)
                            .append('\n'));
        }
        if (withTensors) {
            text.append("\ntensors\n");
            for (StoredTensor tensor : inspection.tensors()) {
                text.append(String.format(
                        Locale.ROOT,
                        "  %-56s %-6s %-18s %10s\n",
                        tensor.name(),
                        tensor.type(),
                        tensor.shape().stream().map(String::valueOf).collect(Collectors.joining(" x ")),
                        tensor.bytes() < 0 ? "?" : Units.bytes(tensor.bytes())));
            }
        }
        text.append('\n')
                .append(inspection.findings().isEmpty() ? "nothing found" : "found")
                .append('\n');
        for (Finding finding : inspection.findings()) {
            text.append("  ")
                    .append(label(finding.severity()))
                    .append(": ")
                    .append(finding)
                    .append('\n');
        }
        return text.toString();
    }

    private void shape(StringBuilder text, Transformer transformer) {
        ModelConfig config = transformer.config();
        line(
                text,
                "architecture",
                config.architecture() + ", " + label(config.activation()) + ", "
                        + norms(transformer)
                        + ", "
                        + switch (transformer.output()) {
                            case Head _ -> transformer.isTied() ? "head tied to the embedding" : "head of its own";
                            case Pooling pooling ->
                                "embeds texts, pooling " + pooling.type().name().toLowerCase(Locale.ROOT);
                        });
        line(
                text,
                "shape",
                config.layers() + " layers, hidden " + config.hidden() + ", feed-forward " + config.feedForward() + ", "
                        + config.heads() + " heads of " + config.headDim() + " (" + config.kvHeads()
                        + " for keys and values)" + delta(config));
        OptionalInt window = window(transformer);
        line(
                text,
                "context",
                config.contextLength() + " tokens"
                        + (window.isPresent() ? ", some layers see the last " + window.getAsInt() : ""));
        line(text, "parameters", String.format(Locale.ROOT, "%,d", inspection.parameters()));
    }

    private static String delta(ModelConfig config) {
        DeltaShape delta = config.delta();
        return delta == null
                ? ""
                : "; " + delta.layers() + " layers are gated DeltaNet, " + delta.valueHeads() + " heads of "
                        + delta.headDim() + " (" + delta.keyHeads() + " for queries and keys)";
    }

    private static String norms(Transformer transformer) {
        Attention attention = transformer.attentions().getFirst();
        return attention.query().inputNorm() != null
                ? "norms of each projection's input"
                : attention.output().inputNorm() != null ? "sub-norms" : "no sub-norms";
    }

    /** Of the layers that have one. */
    private static OptionalInt window(Transformer transformer) {
        return transformer.attentions().stream()
                .map(Attention::scope)
                .filter(Objects::nonNull)
                .mapToInt(AttentionScope::window)
                .filter(window -> window < AttentionScope.ALL)
                .max();
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "%-13s", name)).append(value).append('\n');
    }

    private static String label(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String word(TokenizerSpec vocabulary, int id) {
        return id < 0 ? "(none)" : vocabulary.tokens().get(id) + " (" + id + ")";
    }

    private Map<String, GgufValue> metadata() {
        return inspection.file() instanceof GgufModel gguf
                ? gguf.file().metadata().values()
                : Map.of();
    }

    /** For programs. */
    void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", inspection.file().name());
        json.writeStringField("source", inspection.file().source());
        json.writeStringField("storage", inspection.file().storage());
        writeShape(json, inspection.transformer());
        writeVocabulary(json, inspection.vocabulary());
        var template = inspection.template();
        json.writeStringField("chat_template", template == null ? null : template.name());
        if (withMetadata) {
            json.writeObjectFieldStart("metadata");
            for (var entry : metadata().entrySet()) {
                writeValue(json, entry.getKey(), entry.getValue());
            }
            json.writeEndObject();
        }
        if (withTensors) {
            writeTensors(json, inspection.tensors());
        }
        json.writeArrayFieldStart("findings");
        for (Finding finding : inspection.findings()) {
            json.writeStartObject();
            json.writeStringField("severity", label(finding.severity()));
            json.writeStringField("subject", finding.subject());
            json.writeStringField("problem", finding.problem());
            json.writeStringField("why", finding.why());
            json.writeStringField("cure", finding.cure());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void writeShape(JsonGenerator json, @Nullable Transformer transformer) throws IOException {
        if (transformer == null) {
            json.writeNullField("shape");
            return;
        }
        ModelConfig config = transformer.config();
        json.writeObjectFieldStart("shape");
        json.writeStringField("architecture", config.architecture());
        json.writeStringField("activation", config.activation().name().toLowerCase(Locale.ROOT));
        json.writeBooleanField(
                "sub_norms", transformer.attentions().getFirst().output().inputNorm() != null);
        json.writeBooleanField(
                "input_norms", transformer.attentions().getFirst().query().inputNorm() != null);
        json.writeBooleanField("tied_head", transformer.isTied());
        if (transformer.output() instanceof Pooling pooling) {
            json.writeStringField("pooling", pooling.type().name().toLowerCase(Locale.ROOT));
        }
        OptionalInt window = window(transformer);
        if (window.isPresent()) {
            json.writeNumberField("window", window.getAsInt());
        }
        json.writeNumberField("layers", config.layers());
        json.writeNumberField("hidden", config.hidden());
        json.writeNumberField("feed_forward", config.feedForward());
        json.writeNumberField("heads", config.heads());
        json.writeNumberField("kv_heads", config.kvHeads());
        json.writeNumberField("head_dim", config.headDim());
        if (config.delta() != null) {
            json.writeNumberField("delta_layers", config.delta().layers());
        }
        json.writeNumberField("vocabulary", config.vocabulary());
        json.writeNumberField("context", config.contextLength());
        json.writeNumberField("parameters", inspection.parameters());
        json.writeEndObject();
    }

    private static void writeVocabulary(JsonGenerator json, @Nullable TokenizerSpec vocabulary) throws IOException {
        if (vocabulary == null) {
            json.writeNullField("vocabulary");
            return;
        }
        json.writeObjectFieldStart("vocabulary");
        json.writeStringField("kind", vocabulary.kind().name().toLowerCase(Locale.ROOT));
        json.writeNumberField("tokens", vocabulary.tokens().size());
        json.writeNumberField("bos", vocabulary.bos());
        json.writeNumberField("eos", vocabulary.eos());
        json.writeBooleanField("add_bos", vocabulary.addBos());
        int[] ends = vocabulary.endOfGeneration().stream()
                .mapToInt(Integer::intValue)
                .sorted()
                .toArray();
        json.writeFieldName("end_of_generation");
        json.writeArray(ends, 0, ends.length);
        json.writeEndObject();
    }

    private static void writeValue(JsonGenerator json, String key, GgufValue value) throws IOException {
        switch (value) {
            case GgufValue.Int number -> json.writeNumberField(key, number.value());
            case GgufValue.Real number -> Json.number(json, key, number.value());
            case GgufValue.Bool flag -> json.writeBooleanField(key, flag.value());
            case GgufValue.Text text -> json.writeStringField(key, text.value());
            default -> json.writeStringField(key, value.toString());
        }
    }

    private static void writeTensors(JsonGenerator json, List<StoredTensor> tensors) throws IOException {
        json.writeArrayFieldStart("tensors");
        for (StoredTensor tensor : tensors) {
            json.writeStartObject();
            json.writeStringField("name", tensor.name());
            json.writeStringField("type", tensor.type());
            long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
            json.writeFieldName("shape");
            json.writeArray(shape, 0, shape.length);
            json.writeNumberField("bytes", tensor.bytes());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
