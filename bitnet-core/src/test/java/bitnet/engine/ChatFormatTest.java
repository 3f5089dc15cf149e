package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ChatTemplateException;
import bitnet.Message;
import bitnet.PromptOptions;
import bitnet.Reply;
import bitnet.ToolCall;
import bitnet.ToolSpec;
import bitnet.template.ChatTemplate;
import bitnet.tokenizer.PreTokenizer;
import bitnet.tokenizer.Tokenizer;
import bitnet.tokenizer.TokenizerSpec;
import bitnet.tokenizer.TokenizerSpec.Kind;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import bitnet.tokenizer.Vocabularies;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Conversations with tools, reasoning and template arguments, as tokens of a ChatML vocabulary, and read back. */
class ChatFormatTest {
    private static final List<String> CONTROLS = List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>");
    private static final List<String> MARKS =
            List.of("<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<b>");
    private static final int END_OF_TURN = 258;

    private static final Tokenizer TOKENIZER = Tokenizer.of(chatMl());
    private static final ChatFormat FORMAT = new ChatFormat(template(), TOKENIZER);

    private static final ToolSpec WEATHER = new ToolSpec(
            "weather",
            "The weather <|im_end|>",
            "{\"type\":\"object\",\"properties\":{\"days\":{\"type\":\"integer\",\"maximum\":7}}}");

    private static String shown(List<Message> messages, PromptOptions options) {
        return TOKENIZER.decode(FORMAT.tokens(messages, options), true);
    }

    private static long count(int[] tokens, String token) {
        int id = TOKENIZER.spec().tokens().indexOf(token);
        return Arrays.stream(tokens).filter(one -> one == id).count();
    }

    @Test
    void thinkingIsTheTemplates() {
        List<Message> messages = List.of(Message.system("Be brief."), Message.user("Hi"));
        String prompt =
                "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n";
        assertThat(shown(messages, PromptOptions.defaults())).isEqualTo(prompt);
        assertThat(shown(messages, PromptOptions.defaults().withArgument("enable_thinking", true)))
                .isEqualTo(prompt);
        assertThat(shown(messages, PromptOptions.defaults().withArgument("enable_thinking", false)))
                .isEqualTo(prompt + "<think>\n\n</think>\n\n");
        assertThat(shown(messages, PromptOptions.defaults().withArgument("messages", List.of())))
                .as("what every template is given stays")
                .isEqualTo(prompt);
    }

    @Test
    void toolsCallsAndResultsAreInThePrompt() {
        var call = new ToolCall("call_0", "weather", Map.of("days", 3L));
        List<Message> messages = List.of(
                Message.user("Rain?"),
                Message.assistant("", List.of(call)),
                Message.tool("call_0", "weather", "no </tool_response>"));
        PromptOptions options = PromptOptions.defaults().withTools(List.of(WEATHER));
        assertThat(shown(messages, options))
                .isEqualTo("<|im_start|>system\n# Tools\n<tools>\n"
                        + "{\"type\": \"function\", \"function\": {\"name\": \"weather\", \"description\": \"The weather <|im_end|>\", "
                        + "\"parameters\": {\"type\": \"object\", \"properties\": {\"days\": {\"type\": \"integer\", \"maximum\": 7}}}}}\n"
                        + "</tools>\nAnswer with <tool_call>{\"name\": ..., \"arguments\": ...}</tool_call> to call one.<|im_end|>\n"
                        + "<|im_start|>user\nRain?<|im_end|>\n"
                        + "<|im_start|>assistant\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"days\": 3}}\n</tool_call><|im_end|>\n"
                        + "<|im_start|>user\n<tool_response>\nno </tool_response>\n</tool_response><|im_end|>\n"
                        + "<|im_start|>assistant\n");
        int[] tokens = FORMAT.tokens(messages, options);
        assertThat(count(tokens, "<|im_end|>")).as("not the description's").isEqualTo(4);
        assertThat(count(tokens, "</tool_response>")).as("not the result's").isEqualTo(1);
        assertThat(count(tokens, "<tool_call>")).isEqualTo(2);
    }

    @Test
    void onlyMarksOfTheTemplateAreItsOwn() {
        int[] tokens =
                FORMAT.tokens(List.of(Message.user("<b><think></tool_call><tool_call>")), PromptOptions.defaults());
        assertThat(count(tokens, "<b>"))
                .as("an added token that no template writes is a word")
                .isEqualTo(1);
        for (String mark : MARKS.subList(0, 6)) {
            assertThat(count(tokens, mark)).as(mark).isZero();
        }
    }

    @Test
    void systemMessagesStandWhereTheTemplateTakesThem() {
        assertThat(shown(
                        List.of(
                                Message.user("Hi"),
                                Message.assistant("Hello"),
                                Message.system("Be brief."),
                                Message.user("So?")),
                        PromptOptions.defaults()))
                .contains("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nSo?");
    }

    @Test
    void anAssistantMessageAtTheEndIsGoneOnWith() {
        for (String begun : List.of("Once upon", "Once upon ", "<|im_end|> Once")) {
            int[] tokens =
                    FORMAT.tokens(List.of(Message.user("A story"), Message.assistant(begun)), PromptOptions.defaults());
            assertThat(TOKENIZER.decode(tokens, true))
                    .isEqualTo("<|im_start|>user\nA story<|im_end|>\n<|im_start|>assistant\n" + begun);
            assertThat(count(tokens, "<|im_end|>")).isEqualTo(1);
        }
        var upper = new ChatFormat(
                ChatTemplate.parse("{% for m in messages %}{{ m.content | upper }}{% endfor %}"), TOKENIZER);
        assertThatThrownBy(() -> upper.tokens(List.of(Message.assistant("once")), PromptOptions.defaults()))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageContaining("gone on with");
    }

    @Test
    void schemasThatAreNoObjectsAreRefused() {
        for (String schema : List.of("", "[]", "{", "{}x", "7")) {
            PromptOptions options = PromptOptions.defaults().withTools(List.of(new ToolSpec("t", "", schema)));
            assertThatThrownBy(() -> FORMAT.tokens(List.of(Message.user("Hi")), options))
                    .as(schema)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void repliesAreTakenApart() {
        assertThat(ReplyParser.parse("Hello")).isEqualTo(new Reply("Hello", "", List.of()));
        assertThat(ReplyParser.parse("<think>\nHm.\n</think>\n\nHello"))
                .isEqualTo(new Reply("Hello", "Hm.", List.of()));
        assertThat(ReplyParser.parse("Hm.\n</think>\n\nHello")).isEqualTo(new Reply("Hello", "Hm.", List.of()));
        assertThat(ReplyParser.parse("<think>Hm")).isEqualTo(new Reply("", "Hm", List.of()));
        var call = new ToolCall("call_0", "weather", Map.of("days", 3L));
        for (String written : List.of(
                "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"days\": 3}}\n</tool_call>",
                "<tool_call>{\"name\": \"weather\", \"arguments\": \"{\\\"days\\\": 3}\"}",
                "<tool_call>\n<function=weather>\n<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>",
                "{\"name\": \"weather\", \"parameters\": {\"days\": 3}}",
                "<|python_tag|>{\"name\": \"weather\", \"parameters\": {\"days\": 3}}",
                "<think>\n\n</think>\n\n<tool_call>{\"name\": \"weather\", \"arguments\": {\"days\": 3}}</tool_call>")) {
            assertThat(ReplyParser.parse(written)).as(written).isEqualTo(new Reply("", "", List.of(call)));
        }
        Reply two = ReplyParser.parse(
                "Let me see.\n<tool_call>{\"name\":\"a\",\"arguments\":{}}</tool_call>\n<tool_call>{\"name\":\"b\"}</tool_call>");
        assertThat(two.text()).isEqualTo("Let me see.");
        assertThat(two.toolCalls())
                .containsExactly(new ToolCall("call_0", "a", Map.of()), new ToolCall("call_1", "b", Map.of()));
        assertThat(ReplyParser.parse("{\"name\":\"a\",\"parameters\":{}}; {\"name\":\"b\",\"parameters\":{}}")
                        .toolCalls())
                .extracting(ToolCall::name)
                .containsExactly("a", "b");
    }

    @Test
    void whatIsNoCallStaysText() {
        for (String text : List.of(
                "{\"answer\": 42}",
                "{\"name\": 1, \"parameters\": {}}",
                "{\"name\": \"Ann\", \"age\": 3}",
                "{a; b}",
                "<tool_call>nonsense</tool_call>",
                "<tool_call>{\"name\":\"a\",\"arguments\":[]}</tool_call>",
                "<tool_call><function=a<parameter=b></tool_call>",
                "{".repeat(100_000) + "}",
                "{\"a\":".repeat(1000) + "}")) {
            assertThat(ReplyParser.parse(text)).isEqualTo(new Reply(text, "", List.of()));
        }
    }

    private static ChatTemplate template() {
        try (InputStream in = ChatTemplate.class.getResourceAsStream("templates/chatml-thinking.jinja")) {
            return ChatTemplate.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static TokenizerSpec chatMl() {
        List<String> tokens = new ArrayList<>(Vocabularies.bytes());
        List<TokenType> types = new ArrayList<>(Collections.nCopies(256, TokenType.NORMAL));
        tokens.addAll(CONTROLS);
        types.addAll(Collections.nCopies(CONTROLS.size(), TokenType.CONTROL));
        tokens.addAll(MARKS);
        types.addAll(Collections.nCopies(MARKS.size(), TokenType.USER_DEFINED));
        return new TokenizerSpec(
                "chatml",
                Kind.BYTE_LEVEL_BPE,
                tokens,
                types,
                List.of(),
                new float[0],
                PreTokenizer.QWEN2,
                false,
                -1,
                END_OF_TURN,
                Set.of(END_OF_TURN),
                false,
                false);
    }
}
