package bitnet.server;

import bitnet.Completion;
import bitnet.FinishReason;
import bitnet.Generation;
import bitnet.Model;
import bitnet.Token;
import bitnet.Usage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the two kinds of completions have in common: identity, choices, usage, and log-probabilities. */
final class Answering {
    static final int MAX_CHOICES = 8;

    private final String id;
    private final long created = Instant.now().getEpochSecond();
    private final String model;
    private final String object;

    Answering(String prefix, String object, String model) {
        this.id = prefix + UUID.randomUUID().toString().replace("-", "");
        this.object = object;
        this.model = model;
    }

    /** A generation of a choice, with the tokens that it has handed out. */
    record Choice(Completion completion, List<Token> tokens) {
        static Choice of(Generation generation) {
            List<Token> tokens = new ArrayList<>();
            while (generation.hasNext()) {
                tokens.add(generation.next());
            }
            return new Choice(generation.finish(), tokens);
        }
    }

    /** The fields that every document begins with. */
    void head(JsonText json) {
        json.field("id", id);
        json.field("object", object);
        json.field("created", created);
        json.field("model", model);
    }

    static void usage(JsonText json, List<Choice> choices) {
        Usage first = choices.getFirst().completion().usage();
        int completed = choices.stream()
                .mapToInt(choice -> choice.completion().usage().completionTokens())
                .sum();
        json.object("usage", () -> {
            json.field("prompt_tokens", first.promptTokens());
            json.field("completion_tokens", completed);
            json.field("total_tokens", first.promptTokens() + completed);
            json.object("prompt_tokens_details", () -> json.field("cached_tokens", first.cachedTokens()));
        });
    }

    static String finishReason(FinishReason reason) {
        return switch (reason) {
            case STOP, STOP_STRING, CANCELLED -> "stop";
            default -> "length";
        };
    }

    /** Log-probabilities as chat completions write them. */
    static void logprobs(JsonText json, Model model, List<Token> tokens) {
        json.object(
                "logprobs",
                () -> json.array(
                        "content",
                        () -> tokens.forEach(token -> json.object(() -> {
                            candidate(json, model, token.id(), token.logprob());
                            json.array(
                                    "top_logprobs",
                                    () -> token.top()
                                            .forEach(other -> json.object(
                                                    () -> candidate(json, model, other.id(), other.logprob()))));
                        }))));
    }

    private static void candidate(JsonText json, Model model, int token, float logprob) {
        String text = model.text(new int[] {token});
        json.field("token", text);
        json.field("logprob", logprob);
        json.array("bytes", () -> {
            for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
                json.element(b & 0xFF);
            }
        });
    }

    /** The finish reason of a choice, or null while it goes on. */
    static void finish(JsonText json, @Nullable FinishReason reason) {
        json.field("finish_reason", reason == null ? null : finishReason(reason));
    }
}
