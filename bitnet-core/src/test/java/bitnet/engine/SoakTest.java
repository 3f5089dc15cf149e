package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.Model;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Many callers at once for some seconds; {@code -Dbitnet.soak.seconds=300} makes it minutes. */
class SoakTest {
    private static final Duration TIME = Duration.ofSeconds(Integer.getInteger("bitnet.soak.seconds", 3));
    private static final int CALLERS = 64;

    @Test
    void aModelThatCostsNothing() throws Exception {
        var alphabet = new Alphabet(2000);
        try (Model model = alphabet.load(
                16,
                "{% for m in messages %}{{ m['role'][0] }}:{{ m['content'] }};{% endfor %}"
                        + "{% if add_generation_prompt %}a:{% endif %}")) {
            var soak = new Soak(model, List.of("a", "bc", "d".repeat(100), "efg", "h".repeat(300)), 20);
            alphabet.hook = (batch, cancellation) -> LockSupport.parkNanos(10_000L * batch.size());
            soak.run(CALLERS, TIME);
            assertThat(soak.answers.sum()).isGreaterThan(CALLERS);
            assertThat(alphabet.open).isEmpty();
            assertThat(alphabet.batches).allSatisfy(rows -> assertThat(rows).isLessThanOrEqualTo(16));
        }
    }

    @Test
    void theDemoModel() throws Exception {
        Path directory = Path.of(
                        SoakTest.class.getResource("/demo-model/config.json").toURI())
                .getParent();
        try (Model model = Model.load(directory)) {
            String story = "Tell me a story about a fox named Mila who loses a lantern.";
            var soak = new Soak(model, List.of("Hi", story, story.repeat(8), "Who are you?", story.repeat(3)), 12);
            soak.run(CALLERS, TIME);
            assertThat(soak.answers.sum()).isGreaterThanOrEqualTo(CALLERS);
        }
    }
}
