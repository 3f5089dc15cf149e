package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A chat over a pipe. */
class ChatCommandTest {
    @Test
    void messageALineGivesAnAnswerALine() {
        Bitnet.Result result = new Bitnet()
                .reading("What is 27 + 48?\n\nWhat is the capital of Japan?\n")
                .run("chat", "--greedy");
        assertThat(result.code()).isZero();
        assertThat(result.out()).isEqualTo("27 + 48 = 75.\nThe capital of Japan is Tokyo.\n");
    }

    @Test
    void conversationIsRemembered() {
        String[] answers = new Bitnet()
                .reading("Hello!\nHow many legs does a spider have?")
                .run("chat", "--greedy", "--json", "--system", "Answer briefly.")
                .out()
                .split("\n");
        assertThat(answers).hasSize(2);
        Map<?, ?> second = (Map<?, ?>) Bitnet.parse(answers[1]);
        assertThat(second.get("text")).isEqualTo("A spider has 8 legs.");
        Map<?, ?> usage = (Map<?, ?>) second.get("usage");
        assertThat((int) usage.get("cached_tokens")).isGreaterThan(10);
    }

    @Test
    void savedConversationGoesOn(@TempDir Path directory) {
        String file = directory.resolve("talk").toString();
        Bitnet.Result first =
                new Bitnet().reading("Hello!\n").run("chat", "--greedy", "--system", "Answer briefly.", "--save", file);
        assertThat(first.code()).isZero();
        String answer = new Bitnet()
                .reading("How many legs does a spider have?")
                .run("chat", "--greedy", "--json", "--resume", file)
                .out();
        Map<?, ?> second = (Map<?, ?>) Bitnet.parse(answer);
        assertThat(second.get("text")).isEqualTo("A spider has 8 legs.");
        assertThat((int) ((Map<?, ?>) second.get("usage")).get("cached_tokens")).isGreaterThan(10);
    }

    @Test
    void conversationThatCannotGoOnIsRefused(@TempDir Path directory) throws Exception {
        Bitnet.Result none =
                new Bitnet().run("chat", "--resume", directory.resolve("none").toString());
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.err()).contains("none is not a file");
        Path other = Files.writeString(directory.resolve("other"), "a text");
        Bitnet.Result text = new Bitnet().run("chat", "--resume", other.toString());
        assertThat(text.code()).isEqualTo(3);
        assertThat(text.err()).contains("bitnet conversation 1");
        assertThat(new Bitnet()
                        .run("chat", "--resume", other.toString(), "--system", "s")
                        .err())
                .contains("--system is not for --resume");
    }

    @Test
    void resetForgets() {
        String[] answers = new Bitnet()
                .reading("Hello!\n/reset\nHello!\n")
                .run("chat", "--greedy", "--json")
                .out()
                .split("\n");
        Map<?, ?> first = (Map<?, ?>) ((Map<?, ?>) Bitnet.parse(answers[0])).get("usage");
        Map<?, ?> second = (Map<?, ?>) ((Map<?, ?>) Bitnet.parse(answers[1])).get("usage");
        assertThat(second.get("prompt_tokens")).isEqualTo(first.get("prompt_tokens"));
    }

    @Test
    void commandsAnswerOnStandardError() {
        Bitnet.Result result = new Bitnet()
                .reading("/stats\n/help\n/nonsense\nWhat is 27 + 48?\n/stats\n/exit\nWhat is 1 + 1?\n")
                .run("chat", "--greedy");
        assertThat(result.out()).isEqualTo("27 + 48 = 75.\n");
        assertThat(result.err())
                .contains("there is no answer yet")
                .contains("/reset")
                .contains("there is no command /nonsense")
                .contains("answer 9 tokens");
    }

    @Test
    void backslashGoesOnInTheNextLine() {
        Bitnet.Result result = new Bitnet().reading("What is\\\n27 + 48?\n").run("chat", "--greedy", "--json");
        Bitnet.Result oneLine = new Bitnet().reading("What is\n").run("chat", "--greedy", "--json");
        assertThat(result.out().lines()).hasSize(1);
        assertThat(prompt(result)).isGreaterThan(prompt(oneLine));
    }

    private static int prompt(Bitnet.Result result) {
        return (int) ((Map<?, ?>) result.object().get("usage")).get("prompt_tokens");
    }

    @Test
    void overlongMessageDoesNotEndTheChat() {
        Bitnet.Result result = new Bitnet()
                .reading("word ".repeat(200) + "\nWhat is 27 + 48?\n")
                .run("chat", "--greedy", "--context", "64");
        assertThat(result.code()).isZero();
        assertThat(result.out()).isEqualTo("27 + 48 = 75.\n");
        assertThat(result.err()).contains("the context holds 64 tokens");
    }

    @Test
    void interruptionEndsTheChat() {
        Bitnet bitnet = new Bitnet().reading("What is 27 + 48?\n");
        bitnet.interruption().interrupt();
        assertThat(bitnet.run("chat").code()).isEqualTo(ExitCode.INTERRUPTED.code());
    }
}
