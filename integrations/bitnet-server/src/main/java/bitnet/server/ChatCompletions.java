package bitnet.server;

import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Message;
import bitnet.Model;
import bitnet.Token;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** {@code POST /v1/chat/completions}, as OpenAI documents it. */
final class ChatCompletions {
    private final Model model;
    private final String name;
    private final Metrics metrics;

    ChatCompletions(Model model, String name, Metrics metrics) {
        this.model = model;
        this.name = name;
        this.metrics = metrics;
    }

    void answer(Exchange exchange) {
        RequestBody body = RequestBody.parse(exchange.body());
        body.refuse("tools");
        body.refuse("functions");
        body.refuse("audio");
        body.refuse("modalities", List.of("text"));
        List<Message> messages = RequestMessages.of(body);
        GenerationOptions options = ResponseFormat.apply(body, Sampling.of(body, model.defaultOptions()));
        boolean logprobs = body.flag("logprobs");
        if (logprobs) {
            options = options.withLogprobs(Math.max(1, body.integer("top_logprobs", 1, 0, 20)));
        }
        int count = body.integer("n", 1, 1, Answering.MAX_CHOICES);
        if (body.flag("stream")) {
            RequestBody stream = body.object("stream_options");
            stream(exchange, messages, options, count, logprobs, stream != null && stream.flag("include_usage"));
        } else {
            whole(exchange, messages, options, count, logprobs);
        }
    }

    private void whole(
            Exchange exchange, List<Message> messages, GenerationOptions options, int count, boolean logprobs) {
        List<Answering.Choice> choices = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            try (Generation generation = model.generate(messages, ofChoice(options, i))) {
                choices.add(Answering.Choice.of(generation));
            }
            metrics.completed(choices.getLast().completion());
        }
        var answering = new Answering("chatcmpl-", "chat.completion", name);
        exchange.send(
                200,
                "application/json",
                JsonText.of(json -> json.object(() -> {
                    answering.head(json);
                    json.array("choices", () -> {
                        for (int i = 0; i < choices.size(); i++) {
                            choice(json, i, choices.get(i), logprobs);
                        }
                    });
                    Answering.usage(json, choices);
                })));
    }

    private void choice(JsonText json, int index, Answering.Choice choice, boolean logprobs) {
        json.object(() -> {
            json.field("index", index);
            json.object("message", () -> {
                json.field("role", "assistant");
                json.field("content", choice.completion().text());
                json.field("refusal", (String) null);
            });
            if (logprobs) {
                Answering.logprobs(json, model, choice.tokens());
            }
            Answering.finish(json, choice.completion().finishReason());
        });
    }

    private void stream(
            Exchange exchange,
            List<Message> messages,
            GenerationOptions options,
            int count,
            boolean logprobs,
            boolean withUsage) {
        var answering = new Answering("chatcmpl-", "chat.completion.chunk", name);
        // what can be refused is refused before the answer begins, so that it has a status
        Generation first = model.generate(messages, options);
        try (EventStream events = exchange.events()) {
            List<Answering.Choice> choices = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Generation generation = i == 0 ? first : model.generate(messages, ofChoice(options, i));
                choices.add(streamChoice(events, answering, i, generation, logprobs));
            }
            if (withUsage) {
                events.send(JsonText.of(json -> json.object(() -> {
                    answering.head(json);
                    json.array("choices", () -> {});
                    Answering.usage(json, choices);
                })));
            }
            events.done();
        } catch (UncheckedIOException _) {
            // the client has gone; its generation was closed with its choice
        } finally {
            first.close();
        }
    }

    private Answering.Choice streamChoice(
            EventStream events, Answering answering, int index, Generation generation, boolean logprobs) {
        try (generation) {
            events.onGone(generation::cancel);
            events.send(chunk(answering, index, delta -> delta.field("role", "assistant"), _ -> {}));
            while (generation.hasNext()) {
                Token token = generation.next();
                events.send(chunk(answering, index, delta -> delta.field("content", token.text()), json -> {
                    if (logprobs) {
                        Answering.logprobs(json, model, List.of(token));
                    }
                    Answering.finish(json, null);
                }));
            }
            var choice = new Answering.Choice(generation.finish(), List.of());
            metrics.completed(choice.completion());
            events.send(chunk(
                    answering,
                    index,
                    _ -> {},
                    json -> Answering.finish(json, choice.completion().finishReason())));
            return choice;
        } catch (UncheckedIOException e) {
            throw e;
        } catch (RuntimeException e) {
            // the status has been sent: the stream says what happened
            events.send(JsonText.of(json -> Failure.of(e).write(json)));
            throw new UncheckedIOException(new IOException(e));
        }
    }

    private interface Fields {
        void write(JsonText json);
    }

    private static byte[] chunk(Answering answering, int index, Fields delta, Fields more) {
        return JsonText.of(json -> json.object(() -> {
            answering.head(json);
            json.array(
                    "choices",
                    () -> json.object(() -> {
                        json.field("index", index);
                        json.object("delta", () -> delta.write(json));
                        more.write(json);
                    }));
        }));
    }

    /** Choices of one seed have to differ. */
    private static GenerationOptions ofChoice(GenerationOptions options, int index) {
        return index == 0 || options.seed().isEmpty()
                ? options
                : options.withSeed(options.seed().getAsLong() + index);
    }
}
