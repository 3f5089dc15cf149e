package bitnet.cli;

import bitnet.Device;
import bitnet.HeadType;
import bitnet.ModelInfo;
import bitnet.Timings;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What {@code bitnet bench} found.
 *
 * @param model which model, on what
 * @param prompt tokens of the prompt
 * @param generated tokens
 * @param load how long loading took
 * @param prefill of the median run with a long prompt
 * @param decode of the median run with many tokens
 * @param peakMemory of the process, before the limits were measured
 * @param work what the model makes a machine do
 * @param threads that the machine's limits were measured with
 * @param readBytes bytes that they read from memory in a second
 * @param int8Products multiply-and-adds of int8 that they do in a second
 */
record BenchReport(
        ModelInfo model,
        int prompt,
        int generated,
        Duration load,
        Timings prefill,
        Timings decode,
        OptionalLong peakMemory,
        Workload work,
        int threads,
        OptionalDouble readBytes,
        OptionalDouble int8Products) {

    /** The limits are those of the CPU: they say nothing about another device. */
    private List<Floor> prefillFloors() {
        return model.device() == Device.CPU ? Floors.prefill(work, int8Products) : List.of();
    }

    /** In the middle of the answer. */
    private List<Floor> decodeFloors() {
        return model.device() == Device.CPU ? Floors.decode(work, 1 + generated / 2.0, readBytes) : List.of();
    }

    /** For people. */
    String text() {
        StringBuilder text = new StringBuilder();
        line(
                text,
                "model",
                model.name() + ", " + model.storage() + (model.head() == HeadType.EXACT ? "" : ", int8 head"));
        line(text, "device", model.device() + " (" + model.backend() + ", " + model.isa() + ")");
        line(text, "load", Units.time(load));
        rate(text, "prefill", prompt, prefill.prefillTokensPerSecond(), prefillFloors());
        rate(text, "decode", generated, decode.decodeTokensPerSecond(), decodeFloors());
        line(text, "first token", Units.time(prefill.firstToken()) + " after a prompt of " + prompt);
        peakMemory.ifPresent(bytes -> line(text, "peak memory", Units.bytes(bytes)));
        line(text, "memory", limit(readBytes, 1e9, " GB/s read"));
        line(text, "int8", limit(int8Products, 1e9, " G multiply-and-adds/s"));
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "%-12s %s%n", name, value).replace("\r", ""));
    }

    private static void rate(StringBuilder text, String name, int tokens, double perSecond, List<Floor> floors) {
        line(text, name, Units.digits(perSecond) + " tokens/s (" + tokens + " tokens)");
        for (Floor floor : floors) {
            double achieved = floor.achieved(perSecond);
            line(
                    text,
                    "",
                    String.format(
                            Locale.ROOT,
                            "  %.2f of %s tokens/s: %s%s",
                            achieved,
                            Units.digits(floor.tokensPerSecond()),
                            floor.name(),
                            achieved > 1 ? " (passed: " + floor.whenPassed() + ")" : ""));
        }
    }

    private String limit(OptionalDouble rate, double unit, String name) {
        return rate.isEmpty()
                ? "not measured: the native library is missing"
                : Units.digits(rate.getAsDouble() / unit) + name + " by " + threads + " threads";
    }

    /** For programs. */
    void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeObjectFieldStart("model");
        json.writeStringField("name", model.name());
        json.writeStringField("source", model.source());
        json.writeStringField("storage", model.storage());
        json.writeNumberField("parameters", model.parameters());
        json.writeStringField("device", model.device().label());
        json.writeStringField("backend", model.backend());
        json.writeStringField("isa", model.isa());
        json.writeStringField("head", model.head().name().toLowerCase(Locale.ROOT));
        json.writeEndObject();
        json.writeNumberField("load_seconds", load.toNanos() / 1e9);
        rate(json, "prefill", prompt, prefill.prefillTokensPerSecond(), prefillFloors());
        rate(json, "decode", generated, decode.decodeTokensPerSecond(), decodeFloors());
        json.writeNumberField("first_token_seconds", prefill.firstToken().toNanos() / 1e9);
        number(
                json,
                "peak_memory_bytes",
                peakMemory.isPresent() ? OptionalDouble.of((double) peakMemory.getAsLong()) : OptionalDouble.empty());
        json.writeObjectFieldStart("machine");
        json.writeNumberField("threads", threads);
        number(json, "read_bytes_per_second", readBytes);
        number(json, "int8_multiply_adds_per_second", int8Products);
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void rate(JsonGenerator json, String name, int tokens, double perSecond, List<Floor> floors)
            throws IOException {
        json.writeObjectFieldStart(name);
        json.writeNumberField("tokens", tokens);
        json.writeNumberField("tokens_per_second", perSecond);
        json.writeArrayFieldStart("floors");
        for (Floor floor : floors) {
            json.writeStartObject();
            json.writeStringField("by", floor.name());
            json.writeNumberField("tokens_per_second", floor.tokensPerSecond());
            json.writeNumberField("achieved", floor.achieved(perSecond));
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void number(JsonGenerator json, String name, OptionalDouble value) throws IOException {
        Json.number(json, name, value.orElse(Double.NaN));
    }
}
