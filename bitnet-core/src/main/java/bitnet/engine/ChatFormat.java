package bitnet.engine;

import bitnet.Message;
import bitnet.template.ChatTemplate;
import bitnet.tokenizer.Tokenizer;
import bitnet.tokenizer.TokenizerSpec;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Conversations as tokens: rendered by the model's chat template and encoded with control tokens parsed, but only those that
 * the template wrote. One that a message spells stays text: it is cut by a mark that the text is split at before it is
 * encoded. Thread-safe.
 */
final class ChatFormat {
    private final ChatTemplate template;
    private final Tokenizer tokenizer;
    private final String bos;
    private final String eos;
    private final List<String> controls;

    ChatFormat(ChatTemplate template, Tokenizer tokenizer) {
        this.template = template;
        this.tokenizer = tokenizer;
        TokenizerSpec spec = tokenizer.spec();
        bos = spec.bos() < 0 ? "" : spec.tokens().get(spec.bos());
        eos = spec.eos() < 0 ? "" : spec.tokens().get(spec.eos());
        controls = IntStream.range(0, spec.tokens().size())
                .filter(id -> spec.types().get(id) == TokenType.CONTROL)
                .mapToObj(id -> spec.tokens().get(id))
                .filter(token -> token.length() > 1)
                .toList();
    }

    /** The prompt that asks for the answer to a conversation. */
    int[] tokens(List<Message> messages) {
        String mark = unusedMark(messages);
        List<ChatTemplate.Turn> turns = messages.stream()
                .map(message -> new ChatTemplate.Turn(message.role(), cutControls(message.text(), mark)))
                .toList();
        String rendered = template.render(turns, true, bos, eos, Map.of());
        int[] tokens = {};
        for (String part : rendered.split(mark, -1)) {
            int[] more = tokenizer.encode(part, true);
            int length = tokens.length;
            tokens = Arrays.copyOf(tokens, length + more.length);
            System.arraycopy(more, 0, tokens, length, more.length);
        }
        return tokens;
    }

    /** Puts the mark behind the first character of every control token that the text spells. */
    private String cutControls(String text, String mark) {
        String cut = text;
        for (String control : controls) {
            if (cut.contains(control)) {
                int first = control.offsetByCodePoints(0, 1);
                cut = cut.replace(control, control.substring(0, first) + mark + control.substring(first));
            }
        }
        return cut;
    }

    /** A noncharacter of Unicode that no message contains; with 32 of them there is one. */
    private static String unusedMark(List<Message> messages) {
        return IntStream.rangeClosed(0xFDD0, 0xFDEF)
                .mapToObj(Character::toString)
                .filter(mark ->
                        messages.stream().noneMatch(message -> message.text().contains(mark)))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("the messages contain every noncharacter from U+FDD0 to U+FDEF"));
    }
}
