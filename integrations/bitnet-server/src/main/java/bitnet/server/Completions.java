package bitnet.server;

import bitnet.FinishReason;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Model;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/completions}: goes on with a text. */
final class Completions {
    private final Model model;
    private final String name;
    private final Metrics metrics;

    Completions(Model model, String name, Metrics metrics) {
        this.model = model;
        this.name = name;
        this.metrics = metrics;
    }

    void answer(Exchange exchange) {
        RequestBody body = RequestBody.parse(exchange.body());
        body.refuse("suffix");
        body.refuse("logprobs", 0.0);
        body.refuse("n", 1.0);
        body.refuse("best_of", 1.0);
        boolean echo = body.flag("echo");
        GenerationOptions options = Sampling.of(body, model.defaultOptions());
        if (body.get("max_tokens") == null) {
            options = options.withMaxTokens(16); // as OpenAI's interface has it
        }
        List<String> prompts = prompts(body);
        var answering = new Answering("cmpl-", "text_completion", name);
        if (body.flag("stream")) {
            if (prompts.size() > 1) {
                throw RequestException.invalid("prompt", "a stream has one prompt");
            }
            stream(exchange, answering, prompts.getFirst(), options, echo);
            return;
        }
        List<Answering.Choice> choices = new ArrayList<>();
        for (String prompt : prompts) {
            try (Generation generation = model.complete(prompt, options)) {
                choices.add(Answering.Choice.of(generation));
            }
            choices.forEach(choice -> metrics.completed(choice.completion()));
        }
        exchange.send(
                200,
                "application/json",
                JsonText.of(json -> json.object(() -> {
                    answering.head(json);
                    json.array("choices", () -> {
                        for (int i = 0; i < choices.size(); i++) {
                            int index = i;
                            json.object(() -> {
                                json.field("index", index);
                                json.field(
                                        "text",
                                        (echo ? prompts.get(index) : "")
                                                + choices.get(index)
                                                        .completion()
                                                        .text());
                                json.field("logprobs", (String) null);
                                Answering.finish(
                                        json, choices.get(index).completion().finishReason());
                            });
                        }
                    });
                    Answering.usage(json, choices);
                })));
    }

    private void stream(
            Exchange exchange, Answering answering, String prompt, GenerationOptions options, boolean echo) {
        try (Generation generation = model.complete(prompt, options);
                EventStream events = exchange.events()) {
            events.onGone(generation::cancel);
            if (echo) {
                events.send(chunk(answering, prompt, null));
            }
            while (generation.hasNext()) {
                events.send(chunk(answering, generation.next().text(), null));
            }
            var completion = generation.finish();
            metrics.completed(completion);
            events.send(chunk(answering, "", completion.finishReason()));
            events.done();
        } catch (UncheckedIOException _) {
            // the client has gone, and its generation with it
        }
    }

    private static byte[] chunk(Answering answering, String text, @Nullable FinishReason reason) {
        return JsonText.of(json -> json.object(() -> {
            answering.head(json);
            json.array(
                    "choices",
                    () -> json.object(() -> {
                        json.field("index", 0);
                        json.field("text", text);
                        json.field("logprobs", (String) null);
                        Answering.finish(json, reason);
                    }));
        }));
    }

    private static List<String> prompts(RequestBody body) {
        Object prompt = body.get("prompt");
        List<?> values = prompt instanceof String one ? List.of(one) : body.list("prompt");
        List<String> prompts = new ArrayList<>();
        for (Object value : values) {
            if (!(value instanceof String text)) {
                throw RequestException.invalid("prompt", "'prompt' has to be a text or several; ids are not taken");
            }
            prompts.add(text);
        }
        if (prompts.isEmpty() || prompts.size() > 64) {
            throw RequestException.invalid("prompt", "'prompt' has " + prompts.size() + " texts; expected 1 to 64");
        }
        return prompts;
    }
}
