package bitnet.server;

import bitnet.GenerationOptions;
import bitnet.Message;
import bitnet.Model;
import bitnet.PromptOptions;
import bitnet.Reply;
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
 * @param form what the answers are read as
 * @param oneCall whether an answer has one call of a tool at most
 * @param choices how many answers
 * @param logprobs whether the answers have log-probabilities
 */
record ChatRequest(
        List<Message> messages,
        PromptOptions prompt,
        GenerationOptions options,
        Form form,
        boolean oneCall,
        int choices,
        boolean logprobs) {
    /** What an answer is. */
    enum Form {
        /** What the model makes of it: reasoning, text, calls of tools. */
        FREE,
        /** Text in the form that {@code response_format} asks for, and nothing else. */
        FORMATTED,
        /** A call of a tool, since the request asks for one. */
        CALL
    }

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
        Form form = format == null ? Form.FREE : Form.FORMATTED;
        if (!tools.forced().isEmpty()) {
            if (format != null) {
                throw RequestException.invalid(
                        "response_format", "'response_format' and 'tool_choice' each ask for a form of the answer");
            }
            format = TokenConstraint.toolCall(tools.forced());
            form = Form.CALL;
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
                form,
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
        return switch (form) {
            case FREE -> model.replyReader(messages, prompt);
            case FORMATTED -> new Verbatim();
            case CALL -> new Whole(model);
        };
    }

    /** An answer that is text and nothing else. */
    private static final class Verbatim implements ReplyReader {
        @Override
        public Reply next(String piece) {
            return new Reply(piece, "", List.of());
        }

        @Override
        public Reply finish() {
            return next("");
        }
    }

    /** An answer that is read when it is complete. */
    private static final class Whole implements ReplyReader {
        private final Model model;
        private final StringBuilder answer = new StringBuilder();

        Whole(Model model) {
            this.model = model;
        }

        @Override
        public Reply next(String piece) {
            answer.append(piece);
            return new Reply("", "", List.of());
        }

        @Override
        public Reply finish() {
            return model.reply(answer.toString());
        }
    }
}
