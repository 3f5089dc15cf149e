package bitnet.engine;

import bitnet.Message;
import bitnet.template.ChatTemplate;
import bitnet.tokenizer.PromptText;
import bitnet.tokenizer.Tokenizer;
import bitnet.tokenizer.TokenizerSpec;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

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

    /** The prompt that asks for the answer to a conversation. */
    int[] tokens(List<Message> messages) {
        List<ChatTemplate.Turn> turns = messages.stream()
                .map(message -> new ChatTemplate.Turn(message.role(), message.text()))
                .toList();
        PromptText prompt = template.prompt(turns, true, bos, eos, Map.of());
        return tokenizer.encode(prompt, marks::get);
    }
}
