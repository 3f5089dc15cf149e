package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BackendFailureException;
import bitnet.BackendReport;
import bitnet.DevicePolicy;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.LoadOptions;
import bitnet.Model;
import bitnet.Token;
import bitnet.spi.KernelBackend;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that moves to the next backend when its own fails. The fakes know the alphabet, so the right answer is plain. */
class FailoverTest {
    private static final LoadOptions MOVING =
            LoadOptions.defaults().withTokensOnly(true).withFailover(true).withPrefillChunk(4);

    @TempDir
    private Path directory;

    private final Alphabet first = new Alphabet(100);
    private final Alphabet second = new Alphabet(100);
    private final FakeBackend broken = new FakeBackend("broken") {};
    private final FakeBackend spare = new FakeBackend("spare") {};
    private Path gguf;

    @BeforeEach
    void setUp() throws IOException {
        gguf = directory.resolve("tiny.gguf");
        try (InputStream resource = FailoverTest.class.getResourceAsStream("/bitnet/gguf/tiny-bitnet-i2_s.gguf")) {
            Files.copy(resource, gguf);
        }
        broken.priority = () -> 100;
        broken.compile = () -> first;
        spare.compile = () -> second;
    }

    private Model load(LoadOptions options) {
        return Loader.load(
                gguf,
                options,
                Providers.of(List.<KernelBackend>of(broken, spare).iterator()));
    }

    private static void failAfter(Alphabet alphabet, int batches) {
        var left = new AtomicInteger(batches);
        alphabet.hook = (batch, cancellation) -> {
            if (left.getAndDecrement() <= 0) {
                throw new BackendFailureException("device lost");
            }
        };
    }

    private static Generation alphabet(Model model, String prompt) {
        return model.complete(
                prompt.chars().toArray(), GenerationOptions.greedy().withMaxTokens(10));
    }

    private static String spell(Generation generation) {
        var text = new StringBuilder();
        generation.forEachRemaining(token -> text.append((char) token.id()));
        return text.toString();
    }

    @Test
    void theAnswerGoesOnWhereverItBroke() {
        for (int batches = 0; batches < 13; batches++) {
            var alphabet = new Alphabet(100);
            broken.compile = () -> alphabet;
            failAfter(alphabet, batches);
            try (Model model = load(MOVING)) {
                assertThat(model.info().backend()).isEqualTo("broken");
                assertThat(spell(alphabet(model, "01234567a"))).isEqualTo("bcdefghijk");
                boolean failed = batches < 12;
                assertThat(model.info().backend()).isEqualTo(failed ? "spare" : "broken");
                assertThat(alphabet.closes).isEqualTo(failed ? 1 : 0);
                if (failed) {
                    assertThat(model.info().considered())
                            .extracting(BackendReport::toString)
                            .contains("broken (cuda): refused: it failed while it computed: device lost");
                }
            }
            assertThat(second.open).isEmpty();
        }
    }

    @Test
    void allGenerationsMove() {
        try (Model model = load(MOVING)) {
            List<Generation> generations = new ArrayList<>();
            for (String prompt : List.of("a", "00f", "0000000k")) {
                Generation generation = alphabet(model, prompt);
                generation.next();
                generations.add(generation);
            }
            failAfter(first, 0);
            assertThat(generations)
                    .extracting(FailoverTest::spell)
                    .containsExactly("cdefghijk", "hijklmnop", "mnopqrstu");
            assertThat(broken.compiles).isEqualTo(1);
            assertThat(spare.compiles).isEqualTo(1);
        }
        assertThat(second.closes).isEqualTo(1);
    }

    @Test
    void whenAllHaveFailedTheLastFailureIsThrown() {
        failAfter(first, 2);
        failAfter(second, 3);
        try (Model model = load(MOVING.withDevice(DevicePolicy.require(bitnet.Device.CUDA)))) {
            Generation generation = alphabet(model, "a");
            List<Token> tokens = new ArrayList<>();
            assertThatThrownBy(() -> generation.forEachRemaining(tokens::add))
                    .isInstanceOf(BackendFailureException.class)
                    .hasMessage("device lost");
            assertThat(tokens).hasSize(4);
            assertThatThrownBy(() -> alphabet(model, "a").next()).isInstanceOf(BackendFailureException.class);
        }
        assertThat(second.closes)
                .as("closed after its failure and with the model, which is idempotent")
                .isPositive();
    }

    @Test
    void notUnlessAsked() {
        failAfter(first, 2);
        try (Model model = load(MOVING.withFailover(false))) {
            assertThatThrownBy(() -> spell(alphabet(model, "a"))).isInstanceOf(BackendFailureException.class);
            assertThat(model.info().backend()).isEqualTo("broken");
        }
        assertThat(spare.compiles).isZero();
    }
}
