package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.Message;
import bitnet.PromptOptions;
import bitnet.Watchdog;
import bitnet.template.ChatTemplate;
import bitnet.tokenizer.PreTokenizer;
import bitnet.tokenizer.PromptText;
import bitnet.tokenizer.Tokenizer;
import bitnet.tokenizer.TokenizerSpec;
import bitnet.tokenizer.TokenizerSpec.Kind;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import bitnet.tokenizer.Vocabularies;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages that are made of pieces of control tokens: none of these tokens comes of one, whatever the template does to it. */
@Timeout(300)
class MessageFuzzTest {
    private static final int CASES = 70_000;
    private static final Watchdog WATCHDOG = new Watchdog(Duration.ofSeconds(5), 4 << 20);
    private static final int BYTES = 256;
    /** Overlapping ones, ones of one character, beginnings of others, and marks that are not declared as control tokens. */
    private static final List<String> SPECIAL = List.of(
            "<s>",
            "</s>",
            "<|im_start|>",
            "<|im_end|>",
            "<|eot_id|>",
            "<|",
            "|>",
            "~",
            "|||",
            "<<SYS>>",
            "aa",
            "\u00E9",
            "7",
            "<tool_call>",
            "</tool_call>");

    private static final int FIRST_MARK = BYTES + SPECIAL.indexOf("<tool_call>");

    private static final List<String> TEMPLATES = List.of(
            "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ CONTENT }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n<tool_call></tool_call>",
            "{{ bos_token }}{% for m in messages %}{{ '<<SYS>>' + CONTENT + eos_token }}{% endfor %}~",
            "{% for m in messages %}{{ '<|' ~ m.role ~ '|>' ~ CONTENT ~ '~' }}{% endfor %}",
            "{% macro t(x) %}|||{{ x }}|||{% endmacro %}{% for m in messages %}{% set c %}{{ t(CONTENT) }}{% endset %}{{ c }}</s>{% endfor %}");
    private static final List<String> CONTENTS = List.of(
            "m.content",
            "m.content | trim",
            "m.content | lower",
            "m.content | upper",
            "(m.content ~ '-' ~ m.content)",
            "m.content.replace('x', '-')",
            "m.content[::-1]",
            "(m.content.split('x') | join('-'))",
            "('%s-' % m.content)",
            "(m.content | list | join)",
            "([m.content, '-'] | tojson)",
            "(m.content | title | indent(2))");

    @Test
    void noSpecialTokenComesOfAMessage() {
        var random = new SplittableRandom(20_261_201);
        Tokenizer byteLevel = Tokenizer.of(byteLevel());
        Tokenizer sentencePiece = Tokenizer.of(sentencePiece());
        for (int i = 0; i < CASES; ) {
            String content = CONTENTS.get(random.nextInt(CONTENTS.size()));
            String source = TEMPLATES.get(random.nextInt(TEMPLATES.size())).replace("CONTENT", content);
            var template = ChatTemplate.parse(source);
            for (Tokenizer tokenizer : List.of(byteLevel, sentencePiece)) {
                var format = new ChatFormat(template, tokenizer);
                boolean marks = template.spells("<tool_call>");
                // The reference: messages without a character that any special token has.
                int[] expected = special(
                        format.tokens(
                                List.of(Message.user("o"), Message.assistant("o"), Message.user("o")),
                                PromptOptions.defaults()),
                        marks);
                assertThat(expected).isNotEmpty();
                for (int n = 0; n < 100; n++, i++) {
                    List<Message> messages = List.of(
                            Message.user(hostile(random)), Message.assistant(hostile(random)), Message.user("o"));
                    WATCHDOG.run(
                            () -> source + " of " + messages,
                            () -> assertThat(special(format.tokens(messages, PromptOptions.defaults()), marks))
                                    .as("%s of %s", source, messages)
                                    .isEqualTo(expected));
                }
            }
        }
    }

    /** What a user writes is spelled with ordinary tokens, and the whole prompt reads as the template rendered it. */
    @Test
    void thePromptReadsAsRendered() {
        var format = new ChatFormat(
                ChatTemplate.parse("{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}"),
                Tokenizer.of(byteLevel()));
        int[] tokens = format.tokens(List.of(Message.user("<|im_end|>~")), PromptOptions.defaults());
        assertThat(tokens[0]).isEqualTo(BYTES + 2);
        assertThat(tokens[tokens.length - 1]).isEqualTo(BYTES + 3);
        assertThat(Tokenizer.of(byteLevel()).decode(tokens, true)).isEqualTo("<|im_start|><|im_end|>~<|im_end|>");
        assertThat(special(tokens, false)).containsExactly(BYTES + 2, BYTES + 3);
    }

    @Test
    void controlTokensOfAMegabyteTakeLinearTime() {
        var format = new ChatFormat(
                ChatTemplate.parse("{% for m in messages %}{{ m.content }}<|eot_id|>{% endfor %}"),
                Tokenizer.of(Vocabularies.llama3()));
        var message = List.of(Message.user("<|eot_id|>".repeat(100_000)));
        long start = System.nanoTime();
        int[] tokens = format.tokens(message, PromptOptions.defaults());
        assertThat(System.nanoTime() - start).isLessThan(20_000_000_000L);
        assertThat(Arrays.stream(tokens).filter(id -> id == 128009)).hasSize(1);
        assertThat(tokens).hasSizeBetween(100_000, 1_000_000);
    }

    /** A prompt that is too long is known to be, before all of it is encoded; one that fits is never cut. */
    @Test
    void whatIsTooLongIsNotEncodedToItsEnd() {
        var random = new SplittableRandom(6);
        List<Tokenizer> tokenizers = List.of(
                Tokenizer.of(byteLevel()),
                Tokenizer.of(sentencePiece()),
                Tokenizer.of(Vocabularies.llama3()),
                Tokenizer.of(Vocabularies.sentencePiece()));
        List<String> pieces = List.of(
                "<|eot_id|>",
                " ".repeat(127),
                "word ",
                "\u00E9",
                "e\u0301\u0323",
                "\u1F82",
                "\uD87E\uDC00",
                "\uD800",
                "\uD55C",
                "a",
                "7",
                "\n\n",
                "antidisestablishmentarianism");
        for (int i = 0; i < 2000; i++) {
            Tokenizer tokenizer = tokenizers.get(i % tokenizers.size());
            var text = new StringBuilder();
            String again = pieces.get(random.nextInt(pieces.size()));
            for (int n = random.nextInt(200); n > 0; n--) {
                text.append(random.nextBoolean() ? again : pieces.get(random.nextInt(pieces.size())));
            }
            PromptText prompt = PromptText.user(text.toString());
            int[] all = tokenizer.encode(prompt, _ -> false);
            int wanted = random.nextBoolean() ? random.nextInt(40) : Math.max(0, all.length - 2 + random.nextInt(4));
            int[] some = tokenizer.encode(prompt, _ -> false, wanted);
            if (all.length <= wanted) {
                assertThat(some).isEqualTo(all);
            } else {
                assertThat(some).hasSizeGreaterThan(wanted);
            }
        }
    }

    @Test
    void aMegabyteOverflowsAtOnce() {
        var messages = List.of(Message.user("<|eot_id|>".repeat(100_000)));
        for (Tokenizer tokenizer : List.of(Tokenizer.of(Vocabularies.llama3()), Tokenizer.of(sentencePiece()))) {
            var format =
                    new ChatFormat(ChatTemplate.parse("{% for m in messages %}{{ m.content }}{% endfor %}"), tokenizer);
            assertThat(format.tokens(messages, PromptOptions.defaults(), 4096)).hasSizeBetween(4097, 70_000);
        }
    }

    private static int[] special(int[] tokens, boolean marks) {
        return Arrays.stream(tokens)
                .filter(id -> id >= BYTES && (marks || id < FIRST_MARK) && id < BYTES + SPECIAL.size())
                .toArray();
    }

    private static String hostile(SplittableRandom random) {
        var text = new StringBuilder();
        for (int n = random.nextInt(5); n >= 0; n--) {
            String special = SPECIAL.get(random.nextInt(SPECIAL.size()));
            int cut = random.nextInt(special.length() + 1);
            switch (random.nextInt(7)) {
                case 0, 1 -> text.append(special);
                case 2 -> text.append(special.toUpperCase(Locale.ROOT));
                case 3 -> text.append(special, 0, cut);
                case 4 -> text.append(special, cut, special.length());
                case 5 -> text.append(new StringBuilder(special).reverse());
                default -> text.append((char) ('x' + random.nextInt(2))).append(random.nextBoolean() ? " " : "\n");
            }
        }
        return text.toString();
    }

    private static List<TokenType> types(TokenType bytes, int more) {
        var types = new ArrayList<>(Collections.nCopies(BYTES, bytes));
        for (String special : SPECIAL) {
            types.add(special.contains("tool_call") ? TokenType.USER_DEFINED : TokenType.CONTROL);
        }
        types.addAll(Collections.nCopies(more, TokenType.NORMAL));
        return types;
    }

    /** Bytes, the special tokens, and merges that lead towards them. */
    private static TokenizerSpec byteLevel() {
        List<String> tokens = new ArrayList<>(Vocabularies.bytes());
        tokens.addAll(SPECIAL);
        tokens.addAll(List.of("im"));
        return new TokenizerSpec(
                "bytes",
                Kind.BYTE_LEVEL_BPE,
                tokens,
                types(TokenType.NORMAL, 1),
                List.of("i m"),
                new float[0],
                PreTokenizer.LLAMA3,
                true,
                BYTES,
                BYTES + 1,
                Set.of(BYTES + 1),
                false,
                false);
    }

    private static TokenizerSpec sentencePiece() {
        List<String> tokens = new ArrayList<>();
        IntStream.range(0, BYTES).forEach(b -> tokens.add("<0x%02X>".formatted(b)));
        tokens.addAll(SPECIAL);
        List<String> pieces = List.of(
                "\u2581", "o", "<", ">", "|", "i", "m", "im", "t", "l", "c", "a", "ool", "to", "tool", "<tool", "_",
                "_call", "call>");
        tokens.addAll(pieces);
        float[] scores = new float[tokens.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = -i;
        }
        return new TokenizerSpec(
                "pieces",
                Kind.SENTENCEPIECE,
                tokens,
                types(TokenType.BYTE, pieces.size()),
                List.of(),
                scores,
                null,
                false,
                BYTES,
                BYTES + 1,
                Set.of(BYTES + 1),
                false,
                true);
    }
}
