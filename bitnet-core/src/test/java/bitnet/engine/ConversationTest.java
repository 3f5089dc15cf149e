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
import java.util.List;
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
