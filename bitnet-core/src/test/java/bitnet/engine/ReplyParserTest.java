package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.GenerationOptions;
import bitnet.Message;
import bitnet.PromptOptions;
import bitnet.Reply;
import bitnet.ReplyReader;
import bitnet.ToolCall;
import bitnet.ToolSpec;
import bitnet.constraint.TokenConstraint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Answers that are taken apart as they come. */
class ReplyParserTest {
    private static final List<String> ANSWERS = List.of(
            "Hello",
            "  Hello \n world \n",
            "   ",
            "",
            "<think>\nHm.\n\n So. \n</think>\n\nHello",
            "<think></think>",
            "<think> \n</think>  \n",
            "<think>Hm",
            "<thinking>",
            "<",
            "a < b <tool> c <tool_cal",
            "{\"answer\": 42}",
            "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"days\": 3}}\n</tool_call>",
            "Let me see. \n<tool_call>{\"name\":\"a\",\"arguments\":{}}</tool_call>\n <tool_call>{\"name\":\"b\"}</tool_call>\n",
            "One <tool_call>{\"name\":\"a\"}</tool_call>\nmore <tool_call>nonsense</tool_call> end",
            "<tool_call>{\"name\":\"a\"",
            "<think>x</think>\n<tool_call><function=f><parameter=p>1</parameter></function></tool_call>",
            "{\"name\":\"a\",\"parameters\":{}}; {\"name\":\"b\",\"parameters\":{}}",
            "<|python_tag|>{\"name\": \"weather\", \"parameters\": {\"days\": 3}}",
            "<|python_tag|>print(1)",
            "{ is a brace, <tool_call>{\"name\":\"c\"}</tool_call>");

    private static Reply whole(ReplyReader reader, List<String> pieces) {
        var text = new StringBuilder();
        var reasoning = new StringBuilder();
        List<ToolCall> calls = new ArrayList<>();
        List<Reply> replies = new ArrayList<>();
        pieces.forEach(piece -> replies.add(reader.next(piece)));
        replies.add(reader.finish());
        for (Reply reply : replies) {
            text.append(reply.text());
            reasoning.append(reply.reasoning());
            calls.addAll(reply.toolCalls());
        }
        return new Reply(text.toString(), reasoning.toString(), calls);
    }

    @Test
    void piecesMakeTheSameReply() {
        var random = new Random(1);
        for (String answer : ANSWERS) {
            for (int round = 0; round < 50; round++) {
                List<String> pieces = new ArrayList<>();
                for (int at = 0; at < answer.length(); ) {
                    int end = Math.min(answer.length(), at + 1 + random.nextInt(1 + round / 5));
                    pieces.add(answer.substring(at, end));
                    at = end;
                }
                assertThat(whole(new ReplyParser(false, true), pieces))
                        .as("%s", pieces)
                        .isEqualTo(ReplyParser.parse(answer));
            }
        }
    }

    @Test
    void onlyWhatCouldBeAMarkIsHeldBack() {
        var reader = new ReplyParser(false, true);
        assertThat(reader.next("<think>Let me")).isEqualTo(new Reply("", "Let me", List.of()));
        assertThat(reader.next(" see </thi")).isEqualTo(new Reply("", " see", List.of()));
        assertThat(reader.next("s")).isEqualTo(new Reply("", " </this", List.of()));
        assertThat(reader.next("</think>\n\nIt is")).isEqualTo(new Reply("It is", "", List.of()));
        assertThat(reader.next(" <tool")).isEqualTo(new Reply("", "", List.of()));
        assertThat(reader.next("_call>{\"name\":")).isEqualTo(new Reply("", "", List.of()));
        assertThat(reader.next("\"t\"}</tool_call>"))
                .isEqualTo(new Reply("", "", List.of(new ToolCall("call_0", "t", Map.of()))));
        assertThat(reader.finish()).isEqualTo(new Reply("", "", List.of()));
    }

    @Test
    void withoutToolsCallsAreText() {
        for (String answer :
                List.of("<tool_call>{\"name\":\"a\"}</tool_call>", "{\"name\":\"a\",\"parameters\":{}}", " {")) {
            assertThat(whole(new ReplyParser(false, false), List.of(answer)))
                    .isEqualTo(new Reply(answer, "", List.of()));
        }
    }

    @Test
    void reasoningThatTheTemplateBeginsIsSeen() {
        String template = "{% for m in messages %}{{ m.content }}{% endfor %}{% if think %}<think>\n{% endif %}";
        try (var model = new Alphabet(100).load(64, template)) {
            List<Message> messages = List.of(Message.user("Hi"));
            PromptOptions thinking = PromptOptions.defaults().withArgument("think", true);
            GenerationOptions greedy = GenerationOptions.greedy();
            assertThat(model.replyReader(messages, thinking, greedy).next("Hm"))
                    .isEqualTo(new Reply("", "Hm", List.of()));
            assertThat(model.replyReader(messages, PromptOptions.defaults(), greedy)
                            .next("Hm"))
                    .isEqualTo(new Reply("Hm", "", List.of()));
            ToolSpec tool = new ToolSpec("t", "", "{}");
            ReplyReader calls = model.replyReader(messages, thinking.withTools(List.of(tool)), greedy);
            assertThat(whole(calls, List.of("Hm.\n</think>\n", "<tool_call>{\"name\":\"t\"}</tool_call>")))
                    .isEqualTo(new Reply("", "Hm.", List.of(new ToolCall("call_0", "t", Map.of()))));
            assertThat(model.generate(messages, GenerationOptions.greedy().withMaxTokens(2))
                            .finish()
                            .text())
                    .isEqualTo("jk");
        }
    }

    @Test
    void aConstraintSaysWhatAnAnswerIs() {
        String call = "{\"name\": \"add\",\"arguments\":{\"x\":1}}";
        var add = new ToolSpec("add", "", "{\"properties\":{\"x\":{\"type\":\"integer\"}}}");
        var called = new Reply("", "", List.of(new ToolCall("call_0", "add", Map.of("x", 1L))));
        try (var model = new Alphabet(100).load(64, "{% for m in messages %}{{ m.content }}{% endfor %}")) {
            List<Message> messages = List.of(Message.user("Hi"));
            PromptOptions tools = PromptOptions.defaults().withTools(List.of(add));
            TokenConstraint json = TokenConstraint.jsonObject();
            Function<TokenConstraint, ReplyReader> reader = constraint -> model.replyReader(
                    messages, tools, GenerationOptions.greedy().withConstraint(constraint));
            assertThat(whole(reader.apply(json), List.of(call))).isEqualTo(new Reply(call, "", List.of()));
            assertThat(whole(reader.apply(TokenConstraint.toolCall(List.of(add))), List.of(call)))
                    .isEqualTo(called);
            TokenConstraint either = TokenConstraint.toolCallOr(List.of(add), json);
            assertThat(whole(reader.apply(either), List.of(call.substring(0, 9), call.substring(9))))
                    .isEqualTo(called);
            assertThat(whole(reader.apply(either), List.of("<tool_call>\n" + call, "\n</tool_call>")))
                    .isEqualTo(called);
            for (String text : List.of("{\"name\":\"sub\",\"arguments\":{}}", "{\"name\":\"add\"", "{}", "")) {
                assertThat(whole(reader.apply(either), List.of(text))).isEqualTo(new Reply(text, "", List.of()));
            }
            assertThat(reader.apply(either).next("{\"names\"").text())
                    .as("text comes as soon as it can be no call")
                    .isEqualTo("{\"names\"");
        }
    }
}
