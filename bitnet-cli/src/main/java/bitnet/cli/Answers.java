package bitnet.cli;

import bitnet.Completion;
import bitnet.FinishReason;
import bitnet.ModelInfo;
import bitnet.Timings;
import bitnet.Token;
import bitnet.Usage;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Answers for people and, as JSON, for programs. */
final class Answers {
    private Answers() {}

    /** How much there was of everything, and how fast. */
    static String statistics(Completion answer) {
        Usage usage = answer.usage();
        Timings timings = answer.timings();
        return "prompt " + usage.promptTokens() + " tokens"
                + (usage.cachedTokens() > 0 ? " (" + usage.cachedTokens() + " cached)" : "")
                + " in " + Units.time(timings.prefill()) + ", " + Units.digits(timings.prefillTokensPerSecond())
                + " tokens/s"
                + "; answer " + usage.completionTokens() + " tokens, "
                + Units.digits(timings.decodeTokensPerSecond()) + " tokens/s"
                + (timings.acceptedTokens() > 0 ? " (" + timings.acceptedTokens() + " guessed)" : "")
                + "; first token after " + Units.time(timings.firstToken()) + "; seed " + answer.seed();
    }

    /** Says why an answer ended, where the reader could think that the model had ended it. */
    static void explainEnd(Console console, Completion answer, boolean limitWasAsked) {
        if (answer.finishReason() == FinishReason.LENGTH && !limitWasAsked) {
            console.say("ended after " + answer.usage().completionTokens() + " tokens: --max-tokens sets the limit");
        }
        if (answer.finishReason() == FinishReason.CONTEXT_FULL) {
            console.say("ended because the context is full: --context sets its size");
        }
    }

    /** A token, its log-probability and the best tokens. */
    static String logprobLine(Token token) {
        return String.format(Locale.ROOT, "%7d %9.4f %-16s", token.id(), token.logprob(), quoted(token.text()))
                + token.top().stream()
                        .map(c -> String.format(Locale.ROOT, " %s %.4f", quoted(c.text()), c.logprob()))
                        .collect(Collectors.joining(","));
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\n", "\\n").replace("\"", "\\\"") + "\"";
    }

    /** A token as an object. */
    static void write(JsonGenerator json, Token token) throws IOException {
        json.writeStartObject();
        json.writeNumberField("id", token.id());
        json.writeStringField("text", token.text());
        if (!Float.isNaN(token.logprob())) {
            Json.number(json, "logprob", token.logprob());
            json.writeArrayFieldStart("top");
            for (Token.Candidate candidate : token.top()) {
                json.writeStartObject();
                json.writeNumberField("id", candidate.id());
                json.writeStringField("text", candidate.text());
                Json.number(json, "logprob", candidate.logprob());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    /** An answer as an object, with its tokens if they are given. */
    static void write(JsonGenerator json, Completion answer, ModelInfo model, @Nullable List<Token> tokens)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("text", answer.text());
        json.writeStringField("finish_reason", answer.finishReason().name().toLowerCase(Locale.ROOT));
        json.writeNumberField("seed", answer.seed());
        if (tokens != null) {
            json.writeArrayFieldStart("tokens");
            for (Token token : tokens) {
                write(json, token);
            }
            json.writeEndArray();
        }
        write(json, answer.usage());
        write(json, answer.timings());
        write(json, model);
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, Usage usage) throws IOException {
        json.writeObjectFieldStart("usage");
        json.writeNumberField("prompt_tokens", usage.promptTokens());
        json.writeNumberField("cached_tokens", usage.cachedTokens());
        json.writeNumberField("completion_tokens", usage.completionTokens());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, Timings timings) throws IOException {
        json.writeObjectFieldStart("timings");
        json.writeNumberField("prefill_seconds", timings.prefill().toNanos() / 1e9);
        json.writeNumberField("prefill_tokens_per_second", timings.prefillTokensPerSecond());
        json.writeNumberField("first_token_seconds", timings.firstToken().toNanos() / 1e9);
        json.writeNumberField("decode_seconds", timings.decode().toNanos() / 1e9);
        json.writeNumberField("decode_tokens_per_second", timings.decodeTokensPerSecond());
        json.writeNumberField("guessed_tokens", timings.guessedTokens());
        json.writeNumberField("accepted_tokens", timings.acceptedTokens());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, ModelInfo model) throws IOException {
        json.writeObjectFieldStart("model");
        json.writeStringField("name", model.name());
        json.writeStringField("source", model.source());
        json.writeStringField("device", model.device().label());
        json.writeStringField("backend", model.backend());
        json.writeStringField("isa", model.isa());
        json.writeEndObject();
    }
}
