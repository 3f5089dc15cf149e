package bitnet.cli;

import bitnet.Device;
import bitnet.ModelInfo;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * What {@code bitnet bench --embed} found.
 *
 * @param model which model, on what
 * @param bench what was measured
 * @param work what the model makes a machine do
 * @param threads that the machine's limits were measured with
 * @param readBytes bytes that they read from memory in a second
 * @param int8Products multiply-and-adds of int8 that they do in a second
 */
record EmbeddingReport(
        ModelInfo model,
        EmbeddingBench bench,
        Workload work,
        int threads,
        OptionalDouble readBytes,
        OptionalDouble int8Products) {
    /** The share of what int8 products alone would allow; the limits are those of the CPU. */
    private OptionalDouble achieved(EmbeddingBench.Rate rate) {
        return model.device() == Device.CPU && int8Products.isPresent()
                ? OptionalDouble.of(rate.tokensPerSecond() * work.ternaryWeights() / int8Products.getAsDouble())
                : OptionalDouble.empty();
    }

    /** Seconds to read all ternary weights. */
    private OptionalDouble reading() {
        return model.device() == Device.CPU && readBytes.isPresent()
                ? OptionalDouble.of(work.layerBytes(0) / readBytes.getAsDouble())
                : OptionalDouble.empty();
    }

    /** For people. */
    String text() {
        StringBuilder text = new StringBuilder();
        line(text, "%-12s %s, %s", "model", model.name(), model.storage());
        line(text, "%-12s %s (%s, %s)", "device", model.device(), model.backend(), model.isa());
        for (EmbeddingBench.Rate rate : bench.rates()) {
            OptionalDouble achieved = achieved(rate);
            line(
                    text,
                    "%-12s %s tokens/s, %s texts/s%s",
                    rate.tokens() + " tokens",
                    Units.digits(rate.tokensPerSecond()),
                    Units.digits(rate.textsPerSecond()),
                    achieved.isPresent()
                            ? String.format(Locale.ROOT, "; %.2f of its int8 products alone", achieved.getAsDouble())
                            : "");
        }
        OptionalDouble reading = reading();
        line(
                text,
                "%-12s %.1f ms for a text of %d tokens%s",
                "alone",
                bench.alone() * 1e3,
                bench.rates().getFirst().tokens(),
                reading.isPresent()
                        ? String.format(
                                Locale.ROOT, "; %.1f times reading the weights", bench.alone() / reading.getAsDouble())
                        : "");
        return text.toString();
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    /** For programs. */
    void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeObjectFieldStart("model");
        json.writeStringField("name", model.name());
        json.writeStringField("storage", model.storage());
        json.writeStringField("device", model.device().label());
        json.writeStringField("backend", model.backend());
        json.writeStringField("isa", model.isa());
        json.writeEndObject();
        json.writeArrayFieldStart("lengths");
        for (EmbeddingBench.Rate rate : bench.rates()) {
            json.writeStartObject();
            json.writeNumberField("tokens", rate.tokens());
            json.writeNumberField("texts", rate.texts());
            Json.number(json, "tokens_per_second", rate.tokensPerSecond());
            Json.number(json, "texts_per_second", rate.textsPerSecond());
            Json.number(json, "achieved", achieved(rate).orElse(Double.NaN));
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeObjectFieldStart("alone");
        json.writeNumberField("tokens", bench.rates().getFirst().tokens());
        Json.number(json, "seconds", bench.alone());
        Json.number(json, "read_seconds", reading().orElse(Double.NaN));
        json.writeEndObject();
        json.writeObjectFieldStart("machine");
        json.writeNumberField("threads", threads);
        Json.number(json, "read_bytes_per_second", readBytes.orElse(Double.NaN));
        Json.number(json, "int8_multiply_adds_per_second", int8Products.orElse(Double.NaN));
        json.writeEndObject();
        json.writeEndObject();
    }
}
