package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ContextOverflowException;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Message;
import bitnet.Model;
import bitnet.ModelUnsupportedException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoadedModelTest {
    private static final GenerationOptions GREEDY = GenerationOptions.greedy();

    private final Alphabet alphabet = new Alphabet(100);
    private final Model model = alphabet.load(4);

    @Test
    void evaluateHandsOverEveryPosition() {
        List<Integer> positions = new ArrayList<>();
        model.evaluate(new int[] {'a', 'c', 'z', 'x', 'b'}, (position, logits) -> {
            positions.add(position);
            assertThat(logits).hasSize(Alphabet.VOCABULARY);
            int best = 0;
            for (int id = 0; id < logits.length; id++) {
                best = logits[id] > logits[best] ? id : best;
            }
            assertThat(best).isEqualTo(new int[] {'b', 'd', 0, 'y', 'c'}[position]);
        });
        assertThat(positions).containsExactly(0, 1, 2, 3, 4);
        assertThat(alphabet.open).isEmpty();
    }

    @Test
    void badTokensAndLongPromptsAreRefusedBeforeAnythingIsComputed() {
        assertThatThrownBy(() -> model.evaluate(new int[0], (position, logits) -> {}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> model.complete(new int[] {1, 256}, GREEDY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("token 256 at 1");
        assertThatThrownBy(() -> model.complete(new int[] {-1}, GREEDY)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> model.complete("", GREEDY)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> model.evaluate(new int[101], (position, logits) -> {}))
                .isInstanceOf(ContextOverflowException.class);
        assertThat(alphabet.batches).isEmpty();
    }

    @Test
    void conversationsAreChecked() {
        assertThatThrownBy(() -> model.generate(List.of(), GREEDY)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> model.generate(List.of(Message.user("Hi"), Message.system("Be brief")), GREEDY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nothing to answer");
        assertThatThrownBy(() -> model.generate(List.of(Message.user("Hi")), GREEDY))
                .isInstanceOf(ModelUnsupportedException.class);
        assertThatThrownBy(model::chat).isInstanceOf(ModelUnsupportedException.class);
    }

    @Test
    void aClosedModelSaysSo() {
        Generation generation = model.complete("a", GREEDY);
        generation.next();
        model.close();
        model.close();
        assertThat(alphabet.closes).isEqualTo(1);
        assertThatThrownBy(generation::next)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(generation::finish).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> model.complete("a", GREEDY)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> model.tokens("a")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(model::chat).isInstanceOf(IllegalStateException.class);
        assertThat(model.info().name()).isEqualTo("alphabet");
        generation.close();
    }

    @Test
    void closeWaitsForWhatIsComputedAndEndsIt() throws Exception {
        var computing = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        alphabet.hook = (batch, cancellation) -> {
            computing.countDown();
            TokenGenerationTest.await(goOn);
        };
        Generation generation = model.complete("abcdefgh", GREEDY);
        var outcome = new AtomicReference<Throwable>();
        Thread reader = Thread.ofPlatform().start(() -> {
            try {
                generation.finish();
            } catch (RuntimeException e) {
                outcome.set(e);
            }
        });
        computing.await();
        Thread closer = Thread.ofPlatform().start(model::close);
        closer.join(50);
        assertThat(alphabet.closes).as("still computing").isZero();
        goOn.countDown();
        closer.join();
        reader.join();
        assertThat(alphabet.closes).isEqualTo(1);
        assertThat(alphabet.batches).as("the second chunk was not computed").containsExactly(4);
        assertThat(outcome.get())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the model was closed while it generated");
    }

    @Test
    void aModelMayBeClosedByWhoConsumesItsLogits() {
        assertThatThrownBy(() -> model.evaluate(new int[50], (position, logits) -> model.close()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void manyGenerationsAtOnceGiveWhatEachGivesAlone(boolean virtual) throws Exception {
        try (var executor = virtual ? Executors.newVirtualThreadPerTaskExecutor() : Executors.newFixedThreadPool(8)) {
            List<Future<String>> texts = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String prompt = "0123" + (char) ('a' + i % 20);
                texts.add(executor.submit(() -> prompt.charAt(4)
                        + model.complete(prompt, GREEDY).finish().text()));
            }
            for (int i = 0; i < texts.size(); i++) {
                assertThat(texts.get(i).get()).isEqualTo("abcdefghijklmnopqrstuvwxyz".substring(i % 20));
            }
        }
        assertThat(alphabet.open).isEmpty();
        assertThat(alphabet.threads).noneMatch(Thread::isVirtual);
        if (virtual) {
            assertThat(alphabet.threads).hasSize(1);
        }
    }
}
