package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BackendFailureException;
import bitnet.ChatOptions;
import bitnet.ChatOptions.OverflowPolicy;
import bitnet.ChatSession;
import bitnet.Completion;
import bitnet.ContextOverflowException;
import bitnet.FinishReason;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Message;
import bitnet.Model;
import bitnet.PromptOptions;
import bitnet.ToolCall;
import bitnet.ToolSpec;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Conversations with a model that spells the alphabet, in a format that writes messages one after another. */
class ConversationTest {
    private static final String TEMPLATE = "{% for m in messages %}{{ m['role'][0] }}:{{ m['content'] }};{% endfor %}"
            + "{% if add_generation_prompt %}a:{% endif %}";
    // the last character of a prompt is a colon, so the answer begins with a semicolon
    private static final GenerationOptions FOUR = GenerationOptions.greedy().withMaxTokens(4);
    private static final String ANSWER = ";<=>";

    private final Alphabet alphabet = new Alphabet(200);
    private final Model model = alphabet.load(64, TEMPLATE);

    private ChatSession chat(ChatOptions options) {
        return model.chat(options.withGeneration(FOUR));
    }

    @Test
    void turnsJoinTheHistoryAndTheCacheIsKept() {
        try (ChatSession chat = chat(ChatOptions.defaults().withSystem("S"))) {
            assertThat(chat.history()).containsExactly(Message.system("S"));
            assertThat(chat.send("Hi")).isEqualTo(ANSWER);
            assertThat(chat.history())
                    .containsExactly(Message.system("S"), Message.user("Hi"), Message.assistant(ANSWER));
            try (Generation second = chat.stream("Yo")) {
                Completion completion = second.finish();
                String prompt = "s:S;u:Hi;a:" + ANSWER + ";u:Yo;a:";
                assertThat(completion.usage().promptTokens()).isEqualTo(prompt.length());
                assertThat(completion.usage().cachedTokens())
                        .as("all that was computed: the first prompt, and its answer but for the last token")
                        .isEqualTo("s:S;u:Hi;a:".length() + ANSWER.length() - 1);
                assertThat(alphabet.text(0)).isEqualTo(prompt + ";<=");
            }
        }
        assertThat(alphabet.open).isEmpty();
    }

    @Test
    void aCachedConversationGoesOnLikeAFreshOne() {
        try (ChatSession kept = chat(ChatOptions.defaults())) {
            kept.send("one");
            kept.send("two");
            ChatOptions resumed = ChatOptions.defaults()
                    .withHistory(List.of(
                            Message.user("one"), Message.assistant(ANSWER),
                            Message.user("two"), Message.assistant(ANSWER)));
            try (ChatSession fresh = chat(resumed)) {
                assertThat(fresh.history()).isEqualTo(kept.history());
                assertThat(fresh.send("three")).isEqualTo(kept.send("three"));
                assertThat(fresh.history()).isEqualTo(kept.history());
            }
        }
    }

    @Test
    void resetKeepsTheSystemMessageAndItsCache() {
        try (ChatSession chat = chat(ChatOptions.defaults().withSystem("Be brief"))) {
            chat.send("Hi");
            chat.reset();
            assertThat(chat.history()).containsExactly(Message.system("Be brief"));
            try (Generation next = chat.stream("Yo")) {
                assertThat(next.finish().usage().cachedTokens()).isEqualTo("s:Be brief;u:".length());
            }
        }
    }

    @Test
    void forksGoTheirOwnWays() {
        for (boolean canFork : new boolean[] {true, false}) {
            alphabet.canFork = canFork;
            try (ChatSession chat = chat(ChatOptions.defaults())) {
                chat.send("Hi");
                try (ChatSession fork = chat.fork();
                        Generation left = chat.stream("left");
                        Generation right = fork.stream("right")) {
                    left.next();
                    Completion there = right.finish();
                    left.finish();
                    assertThat(there.usage().cachedTokens() > 0).isEqualTo(canFork);
                    assertThat(chat.history()).contains(Message.user("left")).doesNotContain(Message.user("right"));
                    assertThat(fork.history()).contains(Message.user("right")).doesNotContain(Message.user("left"));
                }
            }
        }
        assertThat(alphabet.open).isEmpty();
    }

    @Test
    void oneAnswerAtATime() {
        try (ChatSession chat = chat(ChatOptions.defaults())) {
            Generation first = chat.stream("Hi");
            assertThatThrownBy(() -> chat.stream("Yo"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("finish or close");
            assertThatThrownBy(chat::reset).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(chat::fork).isInstanceOf(IllegalStateException.class);
            first.close();
            assertThat(chat.history()).as("cancelled before there was text").isEmpty();
            assertThat(chat.send("Yo")).isEqualTo(ANSWER);
        }
    }

    @Test
    void aCancelledAnswerIsKeptAsFarAsItCame() {
        try (ChatSession chat = chat(ChatOptions.defaults())) {
            Generation answer = chat.stream("Hi");
            answer.next();
            answer.next();
            answer.cancel();
            assertThat(answer.finish().finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(chat.history()).containsExactly(Message.user("Hi"), Message.assistant(";<"));
        }
    }

    @Test
    void aFailedAnswerIsNotKept() {
        try (ChatSession chat = chat(ChatOptions.defaults())) {
            Generation answer = chat.stream("Hi");
            answer.next();
            alphabet.hook = (batch, cancellation) -> {
                throw new BackendFailureException("device lost");
            };
            assertThatThrownBy(answer::next).isInstanceOf(BackendFailureException.class);
            assertThat(chat.history()).isEmpty();
            assertThatThrownBy(() -> chat.send("Yo")).isInstanceOf(BackendFailureException.class);
        }
    }

    @Test
    void overflowFailsUnlessToldOtherwise() {
        try (ChatSession chat = chat(ChatOptions.defaults())) {
            chat.send("x".repeat(150));
            List<Message> before = chat.history();
            assertThatThrownBy(() -> chat.stream("x".repeat(40)))
                    .isInstanceOfSatisfying(ContextOverflowException.class, e -> {
                        assertThat(e.available()).isEqualTo(200);
                        assertThat(e.needed()).isEqualTo(156 + 5 + 44);
                    });
            assertThat(chat.history()).isEqualTo(before);
            assertThat(chat.send("short")).isEqualTo(ANSWER);
        }
    }

    @Test
    void oldTurnsAreDroppedDownToHalfOfTheContext() {
        ChatOptions dropping = ChatOptions.defaults().withSystem("S").withOverflow(OverflowPolicy.DROP_OLDEST_TURNS);
        try (ChatSession chat = chat(dropping)) {
            int lastPrompt = 0;
            int drops = 0;
            for (int turn = 0; turn < 30; turn++) {
                try (Generation answer = chat.stream("turn " + turn)) {
                    int prompt = answer.finish().usage().promptTokens();
                    assertThat(prompt).isLessThanOrEqualTo(150);
                    assertThat(answer.finish().text()).isEqualTo(ANSWER);
                    drops += prompt < lastPrompt ? 1 : 0;
                    lastPrompt = prompt;
                }
            }
            assertThat(drops).as("now and then, not at every turn").isBetween(3, 10);
            assertThat(alphabet.text(0)).startsWith("s:S;u:turn 2").contains("turn 29");
            assertThat(chat.history()).hasSize(61);
            assertThatThrownBy(() -> chat.stream("x".repeat(200))).isInstanceOf(ContextOverflowException.class);
        }
    }

    @Test
    void callsOfToolsAndTheirResultsJoinTheHistory() {
        String template = "{% for m in messages %}{{ m.role }}:{{ m.content }}"
                + "{% for c in m.tool_calls %}({{ c.function.name }} {{ c.function.arguments.x }}){% endfor %};{% endfor %}"
                + "{% if add_generation_prompt %}a:" + Alphabet.ASKED + "{% endif %}";
        var tools = PromptOptions.defaults().withTools(List.of(new ToolSpec("add", "", "{}")));
        var writer = new Alphabet(2000);
        var options = ChatOptions.defaults().withPrompt(tools).withGeneration(GenerationOptions.greedy());
        try (Model calling = writer.load(64, template);
                ChatSession chat = calling.chat(options)) {
            writer.answer =
                    "<think>\nHm.\n</think>\n\nSo:\n<tool_call>{\"name\":\"add\",\"arguments\":{\"x\":1}}</tool_call>"
                            + "<tool_call>{\"name\":\"add\",\"arguments\":{\"x\":2}}</tool_call>";
            chat.send("Add");
            var first = new ToolCall("call_0", "add", Map.of("x", 1L));
            var second = new ToolCall("call_1", "add", Map.of("x", 2L));
            assertThat(chat.history())
                    .containsExactly(
                            Message.user("Add"),
                            Message.assistant("<think>\nHm.\n</think>\n\nSo:", List.of(first, second)));
            writer.answer = "<tool_call>{\"name\":\"add\",\"arguments\":{\"x\":3}}</tool_call>";
            List<Message> results =
                    List.of(Message.tool("call_0", "add", "eins"), Message.tool("call_1", "add", "zwei"));
            try (Generation answer = chat.stream(results)) {
                answer.finish();
            }
            writer.answer = "Three.";
            try (Generation answer = chat.stream(Message.tool("call_2", "add", "drei"))) {
                assertThat(answer.finish().text()).isEqualTo("Three.");
                assertThat(writer.text(0))
                        .contains("So:(add 1)(add 2);tool:eins;tool:zwei;assistant:(add 3);tool:drei;a:");
            }
            assertThat(chat.history()).hasSize(7).endsWith(Message.assistant("Three."));
            assertThat(((Message.Assistant) chat.history().get(4)).toolCalls())
                    .containsExactly(new ToolCall("call_2", "add", Map.of("x", 3L)));
            // a conversation like this one can be gone on with
            assertThat(options.withHistory(chat.history()).history()).hasSize(7);
            assertThatThrownBy(() -> chat.stream(List.of())).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> chat.stream(Message.system("x"))).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aCallStaysWithItsQuestionWhenTurnsAreDropped() {
        var tools = PromptOptions.defaults().withTools(List.of(new ToolSpec("add", "", "{}")));
        String template = "{% for m in messages %}{{ m.role[0] }}:{{ m.content }};{% endfor %}a:" + Alphabet.ASKED;
        var writer = new Alphabet(400);
        var options = ChatOptions.defaults()
                .withPrompt(tools)
                .withGeneration(GenerationOptions.greedy())
                .withOverflow(OverflowPolicy.DROP_OLDEST_TURNS);
        try (Model calling = writer.load(64, template);
                ChatSession chat = calling.chat(options)) {
            for (int turn = 0; turn < 20; turn++) {
                writer.answer = "Look <tool_call>{\"name\":\"add\"}</tool_call>";
                chat.send("question");
                writer.answer = "answer";
                try (Generation answer = chat.stream(Message.tool("call_" + turn, "add", "result"))) {
                    answer.finish();
                    assertThat(writer.text(0)).startsWith("u:question;a:Look;").endsWith("t:result;a:\1answer");
                }
            }
        }
    }

    @Test
    void closingASessionEndsItsAnswer() throws Exception {
        var computing = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        alphabet.hook = (batch, cancellation) -> {
            computing.countDown();
            TokenGenerationTest.await(goOn);
        };
        ChatSession chat = chat(ChatOptions.defaults());
        Generation answer = chat.stream("Hi");
        var completion = new java.util.concurrent.CompletableFuture<Completion>();
        Thread.ofVirtual().start(() -> completion.complete(answer.finish()));
        computing.await();
        Thread closer = Thread.ofPlatform().start(chat::close);
        closer.join(50);
        assertThat(closer.isAlive()).isTrue();
        goOn.countDown();
        closer.join();
        assertThat(completion.get().finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(alphabet.open).isEmpty();
        assertThatThrownBy(() -> chat.send("Yo"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        chat.close();
    }

    @Test
    void aClosedModelClosesItsSessions() {
        ChatSession chat = chat(ChatOptions.defaults());
        chat.send("Hi");
        model.close();
        assertThatThrownBy(() -> chat.send("Yo"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        chat.close();
    }
}
