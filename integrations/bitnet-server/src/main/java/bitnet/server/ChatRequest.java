package bitnet.server;

import bitnet.GenerationOptions;
import bitnet.Message;
import bitnet.Model;
import bitnet.PromptOptions;
import bitnet.ReplyReader;
import bitnet.constraint.TokenConstraint;
import bitnet.json.JsonValues;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a chat request asks for.
 *
 * @param messages the conversation
 * @param prompt the tools, and what else the template is told
 * @param options how to generate
 * @param oneCall whether an answer has one call of a tool at most
 * @param choices how many answers
 * @param logprobs whether the answers have log-probabilities
 */
record ChatRequest(
        List<Message> messages,
        PromptOptions prompt,
        GenerationOptions options,
        boolean oneCall,
        int choices,
        boolean logprobs) {
    static ChatRequest of(RequestBody body, GenerationOptions recommended) {
        body.refuse("functions");
        body.refuse("audio");
        body.refuse("modalities", List.of("text"));
        RequestTools tools = RequestTools.of(body);
        GenerationOptions options = Sampling.of(body, recommended);
        boolean logprobs = body.flag("logprobs");
        if (logprobs) {
            options = options.withLogprobs(Math.max(1, body.integer("top_logprobs", 1, 0, 20)));
        }
        TokenConstraint format = ResponseFormat.of(body);
        if (!tools.forced().isEmpty()) {
            if (format != null) {
                throw RequestException.invalid(
                        "response_format", "'response_format' and 'tool_choice' each ask for a form of the answer");
            }
            format = TokenConstraint.toolCall(tools.forced());
        } else if (format != null && !tools.offered().isEmpty()) {
            format = TokenConstraint.toolCallOr(tools.offered(), format);
        }
        String grammar = body.string("grammar");
        if (grammar != null) {
            if (format != null) {
                throw RequestException.invalid(
                        "grammar", "'grammar' is not the only field that asks for a form of the answer");
            }
            format = TokenConstraint.gbnf(grammar);
        }
        return new ChatRequest(
                RequestMessages.of(body),
                prompt(body, tools),
                options.withConstraint(format),
                tools.oneCall(),
                body.integer("n", 1, 1, Answering.MAX_CHOICES),
                logprobs);
    }

    private static PromptOptions prompt(RequestBody body, RequestTools tools) {
        PromptOptions prompt = PromptOptions.defaults().withTools(tools.offered());
        if (body.object("chat_template_kwargs") != null) {
            byte[] json = JsonText.of(text -> text.value(body.get("chat_template_kwargs")));
            Map<String, @Nullable Object> arguments =
                    JsonValues.object("chat_template_kwargs", new String(json, StandardCharsets.UTF_8));
            prompt = new PromptOptions(prompt.tools(), arguments);
        }
        return prompt;
    }

    /** How to generate a choice: choices of one seed have to differ. */
    GenerationOptions ofChoice(int index) {
        return index == 0 || options.seed().isEmpty()
                ? options
                : options.withSeed(options.seed().getAsLong() + index);
    }

    /** Reads one answer. */
    ReplyReader reader(Model model) {
        return model.replyReader(messages, prompt, options);
    }
}
