package bitnet.engine;

import bitnet.ChatTemplateException;
import bitnet.Message;
import bitnet.PromptOptions;
import bitnet.ToolCall;
import bitnet.ToolSpec;
import bitnet.json.JsonValues;
import bitnet.template.ChatTemplate;
import bitnet.tokenizer.PromptText;
import bitnet.tokenizer.Tokenizer;
import bitnet.tokenizer.TokenizerSpec;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Conversations as tokens: rendered by the model's chat template and encoded with control tokens parsed, but only those that
 * the template wrote. What a message spells stays text. Thread-safe.
 */
final class ChatFormat {
    private final ChatTemplate template;
    private final Tokenizer tokenizer;
    private final String bos;
    private final String eos;
    private final BitSet marks = new BitSet();

    ChatFormat(ChatTemplate template, Tokenizer tokenizer) {
        this.template = template;
        this.tokenizer = tokenizer;
        TokenizerSpec spec = tokenizer.spec();
        bos = spec.bos() < 0 ? "" : spec.tokens().get(spec.bos());
        eos = spec.eos() < 0 ? "" : spec.tokens().get(spec.eos());
        for (int id = 0; id < spec.tokens().size(); id++) {
            if (spec.types().get(id) == TokenType.USER_DEFINED
                    && isMark(spec.tokens().get(id))) {
                marks.set(id);
            }
        }
    }

    /**
     * Whether an added token is one of the template's marks, such as {@code <tool_call>}, which files do not always declare
     * as control tokens. Runs of spaces or line ends, and words, are added too: these are text, though templates use them.
     */
    private boolean isMark(String token) {
        return token.length() > 1
                && token.codePoints().anyMatch(c -> !Character.isLetterOrDigit(c) && !isBlank(c))
                && template.spells(token);
    }

    private static boolean isBlank(int c) {
        return Character.isWhitespace(c) || c == '\u2581';
    }

    /** The prompt that asks for the answer to a conversation, or for more of the assistant's message if that is last. */
    int[] tokens(List<Message> messages, PromptOptions options) {
        return tokens(messages, options, Integer.MAX_VALUE);
    }

    /** The same prompt, or the beginning of one that is longer than is wanted. */
    int[] tokens(List<Message> messages, PromptOptions options, int wanted) {
        boolean goesOn = messages.getLast() instanceof Message.Assistant;
        var variables = new HashMap<String, @Nullable Object>(options.arguments());
        // Templates tell "no tools" by none as often as by undefined; transformers passes none.
        variables.put(
                "tools",
                options.tools().isEmpty()
                        ? null
                        : options.tools().stream().map(ChatFormat::tool).toList());
        variables.put("documents", null);
        variables.put("messages", messages.stream().map(ChatFormat::variable).toList());
        variables.put("add_generation_prompt", !goesOn);
        variables.put("bos_token", PromptText.template(bos));
        variables.put("eos_token", PromptText.template(eos));
        PromptText prompt = template.prompt(variables);
        return tokenizer.encode(goesOn ? upTo(prompt, messages.getLast().text()) : prompt, marks::get, wanted);
    }

    /** A prompt without what the template writes behind the last message. */
    private static PromptText upTo(PromptText prompt, String message) {
        int whole = prompt.text().lastIndexOf(message);
        String said = message.strip();
        int from = whole >= 0 ? whole : prompt.text().lastIndexOf(said);
        if (from < 0) {
            throw new ChatTemplateException("the template changes the last message, so that it cannot be gone on with");
        }
        return prompt.substring(0, from + (whole >= 0 ? message : said).length());
    }

    private static Map<String, Object> variable(Message message) {
        Map<String, Object> variable = new LinkedHashMap<>();
        variable.put("role", PromptText.template(message.role()));
        switch (message) {
            case Message.System _, Message.User _ -> {}
            case Message.Tool tool -> {
                variable.put("tool_call_id", tool.id());
                variable.put("name", tool.name());
            }
            case Message.Assistant assistant -> {
                if (!assistant.toolCalls().isEmpty()) {
                    variable.put(
                            "tool_calls",
                            assistant.toolCalls().stream().map(ChatFormat::call).toList());
                }
            }
        }
        variable.put("content", message.text());
        return variable;
    }

    private static Map<String, Object> call(ToolCall call) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", call.name());
        function.put("arguments", call.arguments());
        Map<String, Object> variable = new LinkedHashMap<>();
        variable.put("id", call.id());
        variable.put("type", "function");
        variable.put("function", function);
        return variable;
    }

    private static Map<String, Object> tool(ToolSpec tool) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", tool.name());
        function.put("description", tool.description());
        function.put("parameters", JsonValues.object("the schema of " + tool.name(), tool.jsonSchema()));
        Map<String, Object> variable = new LinkedHashMap<>();
        variable.put("type", "function");
        variable.put("function", function);
        return variable;
    }
}
