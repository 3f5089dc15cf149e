package bitnet.cli;

import bitnet.ModelInfo;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code bitnet bench --sequences} found.
 *
 * @param model which model, on what
 * @param prompt tokens of each prompt
 * @param generated tokens of each answer
 * @param rates by how many there were at once
 * @param gap of one who decodes beside a long prompt; null if the context is too short for that
 */
record ManyReport(
        ModelInfo model,
        int prompt,
        int generated,
        List<ManySequences.Rates> rates,
        @Nullable DecoderGap gap) {
    /** For people. */
    String text() {
        var text = new StringBuilder();
        line(text, "model        %s, %s", model.name(), model.storage());
        line(text, "device       %s (%s, %s)", model.device(), model.backend(), model.isa());
        line(text, "each         a prompt of %d tokens and an answer of %d", prompt, generated);
        line(text, "%9s %12s %12s %8s %12s %8s %16s", "", "prompts", "decode", "", "together", "", "first token");
        line(
                text,
                "%9s %12s %12s %8s %12s %8s %8s %7s",
                "sequences",
                "tokens/s",
                "tokens/s",
                "a step",
                "tokens/s",
                "a step",
                "p50",
                "p99");
        for (ManySequences.Rates rate : rates) {
            line(
                    text,
                    "%9d %12.1f %12.1f %8.1f %12.1f %8.1f %6.2f s %5.2f s",
                    rate.sequences(),
                    rate.prompts(),
                    rate.decode(),
                    rate.decodeRows(),
                    rate.together(),
                    rate.togetherRows(),
                    rate.firstToken(0.5),
                    rate.firstToken(0.99));
        }
        if (gap != null) {
            line(
                    text,
                    "gap          %.1f ms from token to token alone; beside a prompt of %d %.1f ms (%.2fx), at worst"
                            + " %.1f ms; the prompt took %.2f s",
                    gap.alone() * 1e3,
                    gap.prompt(),
                    gap.beside() * 1e3,
                    gap.beside() / gap.alone(),
                    gap.worst() * 1e3,
                    gap.promptSeconds());
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    /** For programs. */
    void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("model", model.name());
        json.writeStringField("device", model.device().label());
        json.writeStringField("backend", model.backend());
        json.writeNumberField("prompt_tokens", prompt);
        json.writeNumberField("generated_tokens", generated);
        json.writeArrayFieldStart("sequences");
        for (ManySequences.Rates rate : rates) {
            json.writeStartObject();
            json.writeNumberField("sequences", rate.sequences());
            json.writeNumberField("prompt_tokens_per_second", rate.prompts());
            json.writeNumberField("decode_tokens_per_second", rate.decode());
            json.writeNumberField("decode_rows_per_step", rate.decodeRows());
            json.writeNumberField("tokens_per_second", rate.together());
            json.writeNumberField("rows_per_step", rate.togetherRows());
            json.writeNumberField("first_token_p50_seconds", rate.firstToken(0.5));
            json.writeNumberField("first_token_p99_seconds", rate.firstToken(0.99));
            json.writeEndObject();
        }
        json.writeEndArray();
        if (gap != null) {
            json.writeObjectFieldStart("gap");
            json.writeNumberField("prompt_tokens", gap.prompt());
            json.writeNumberField("alone_seconds", gap.alone());
            json.writeNumberField("beside_seconds", gap.beside());
            json.writeNumberField("worst_seconds", gap.worst());
            json.writeNumberField("prompt_seconds", gap.promptSeconds());
            json.writeEndObject();
        }
        json.writeEndObject();
    }
}
