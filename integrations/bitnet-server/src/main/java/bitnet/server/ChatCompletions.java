package bitnet.server;

import bitnet.Generation;
import bitnet.Model;
import bitnet.Reply;
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
        ChatRequest request = ChatRequest.of(body, model.defaultOptions());
        if (body.flag("stream")) {
            RequestBody stream = body.object("stream_options");
            stream(exchange, request, stream != null && stream.flag("include_usage"));
        } else {
            whole(exchange, request);
        }
    }

    private Generation generate(ChatRequest request, int choice) {
        return model.generate(request.messages(), request.prompt(), request.ofChoice(choice));
    }

    private void whole(Exchange exchange, ChatRequest request) {
        List<Answering.Choice> choices = new ArrayList<>();
        for (int i = 0; i < request.choices(); i++) {
            try (Generation generation = generate(request, i)) {
                choices.add(Answering.Choice.of(generation));
            }
            choices.forEach(choice -> metrics.completed(choice.completion()));
        }
        var answering = new Answering("chatcmpl-", "chat.completion", name);
        exchange.send(
                200,
                "application/json",
                JsonText.of(json -> json.object(() -> {
                    answering.head(json);
                    json.array("choices", () -> {
                        for (int i = 0; i < choices.size(); i++) {
                            choice(json, i, choices.get(i), request);
                        }
                    });
                    Answering.usage(json, choices);
                })));
    }

    private void choice(JsonText json, int index, Answering.Choice choice, ChatRequest request) {
        var parts = new ChoiceReply(request.reader(model), request.oneCall());
        Reply reply = parts.whole(choice.completion().text());
        json.object(() -> {
            json.field("index", index);
            json.object("message", () -> ChoiceReply.message(json, reply));
            if (request.logprobs()) {
                Answering.logprobs(json, model, choice.tokens());
            }
            json.field("finish_reason", parts.finishReason(choice.completion().finishReason()));
        });
    }

    private void stream(Exchange exchange, ChatRequest request, boolean withUsage) {
        var answering = new Answering("chatcmpl-", "chat.completion.chunk", name);
        // what can be refused is refused before the answer begins, so that it has a status
        Generation first = generate(request, 0);
        try (EventStream events = exchange.events()) {
            List<Answering.Choice> choices = new ArrayList<>();
            for (int i = 0; i < request.choices(); i++) {
                Generation generation = i == 0 ? first : generate(request, i);
                choices.add(streamChoice(events, answering, i, generation, request));
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
            EventStream events, Answering answering, int index, Generation generation, ChatRequest request) {
        try (generation) {
            events.onGone(generation::cancel);
            events.send(chunk(answering, index, delta -> delta.field("role", "assistant"), _ -> {}));
            var parts = new ChoiceReply(request.reader(model), request.oneCall());
            while (generation.hasNext()) {
                Token token = generation.next();
                Reply reply = parts.next(token.text());
                if (request.logprobs() || !ChoiceReply.isEmpty(reply)) {
                    events.send(chunk(answering, index, delta -> parts.delta(delta, reply), json -> {
                        if (request.logprobs()) {
                            Answering.logprobs(json, model, List.of(token));
                        }
                        Answering.finish(json, null);
                    }));
                }
            }
            Reply rest = parts.finish();
            if (!ChoiceReply.isEmpty(rest)) {
                events.send(chunk(
                        answering, index, delta -> parts.delta(delta, rest), json -> Answering.finish(json, null)));
            }
            var choice = new Answering.Choice(generation.finish(), List.of());
            metrics.completed(choice.completion());
            String reason = parts.finishReason(choice.completion().finishReason());
            events.send(chunk(answering, index, _ -> {}, json -> json.field("finish_reason", reason)));
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
}
