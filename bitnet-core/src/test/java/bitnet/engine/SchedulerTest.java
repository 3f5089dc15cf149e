package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.BackendFailureException;
import bitnet.FinishReason;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Model;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class SchedulerTest {
    private static final GenerationOptions GREEDY = GenerationOptions.greedy();

    private final Alphabet alphabet = new Alphabet(100);
    private final Model model = alphabet.load(4);
    private final CountDownLatch computing = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    /** The first batch waits, so that the others queue up behind it. */
    private void holdTheFirst() {
        var first = new AtomicBoolean(true);
        alphabet.hook = (batch, cancellation) -> {
            if (first.getAndSet(false)) {
                computing.countDown();
                TokenGenerationTest.await(goOn);
            }
        };
    }

    /** Starts a thread and waits until it waits for its turn, or computes. */
    private static Thread start(Runnable task) throws InterruptedException {
        Thread thread = Thread.ofPlatform().start(task);
        while (thread.getState() != Thread.State.WAITING && thread.isAlive()) {
            Thread.sleep(1);
        }
        return thread;
    }

    private static void join(List<Thread> threads) throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void whoeverWaitsGoesAlongAsFarAsThereIsRoom() throws Exception {
        holdTheFirst();
        List<Generation> generations = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (String prompt : List.of("a", "b", "cc", "ddd", "e", "f")) {
            Generation generation = model.complete(prompt, GREEDY.withMaxTokens(1));
            generations.add(generation);
            threads.add(start(generation::finish));
        }
        goOn.countDown();
        join(threads);
        // a alone; then b, cc and e make a step of four rows, in which ddd has no room; then ddd and f
        assertThat(alphabet.batches).containsExactly(1, 4, 4);
        assertThat(generations).extracting(Generation::text).containsExactly("b", "c", "d", "e", "f", "g");
    }

    @Test
    void whoeverIsCancelledWhileWaitingDoesNotHoldUpTheOthers() throws Exception {
        holdTheFirst();
        Generation first = model.complete("a", GREEDY.withMaxTokens(1));
        Generation cancelled = model.complete("b", GREEDY.withMaxTokens(1));
        Generation last = model.complete("c", GREEDY.withMaxTokens(1));
        List<Thread> threads = List.of(start(first::finish), start(cancelled::finish), start(last::finish));
        cancelled.cancel();
        goOn.countDown();
        join(threads);
        assertThat(alphabet.batches).containsExactly(1, 1);
        assertThat(cancelled.finish().finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(last.finish().text()).isEqualTo("d");
    }

    @Test
    void aFailureIsEverybodysWhoWentAlong() throws Exception {
        holdTheFirst();
        failFrom(2);
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        for (String prompt : List.of("a", "b", "c")) {
            threads.add(start(() -> {
                try {
                    model.complete(prompt, GREEDY.withMaxTokens(1)).finish();
                } catch (BackendFailureException e) {
                    failures.add(e);
                }
            }));
        }
        goOn.countDown();
        join(threads);
        assertThat(failures).hasSize(2);
    }

    @Test
    void outOfMemoryTogetherIsTriedOneByOne() throws Exception {
        holdTheFirst();
        Alphabet.Hook before = alphabet.hook;
        alphabet.hook = (batch, cancellation) -> {
            before.forward(batch, cancellation);
            for (int i = 0; i < batch.size(); i++) {
                if (batch.token(i) == 'x') {
                    throw new OutOfMemoryError("for x");
                }
            }
        };
        Generation big = model.complete("x", GREEDY.withMaxTokens(1));
        List<Generation> others = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (String prompt : List.of("a", "b", "c")) {
            Generation generation = model.complete(prompt, GREEDY.withMaxTokens(1));
            others.add(generation);
            threads.add(start(generation::finish));
        }
        var failure = new AtomicReference<RuntimeException>();
        threads.add(start(() -> {
            try {
                big.finish();
            } catch (RuntimeException e) {
                failure.set(e);
            }
        }));
        goOn.countDown();
        join(threads);
        assertThat(failure.get()).isInstanceOf(BackendFailureException.class).hasMessageContaining("for x");
        assertThat(others).extracting(Generation::text).containsExactly("b", "c", "d");
    }

    private void failFrom(int batch) {
        Alphabet.Hook before = alphabet.hook;
        var count = new AtomicInteger();
        alphabet.hook = (tokens, cancellation) -> {
            if (count.incrementAndGet() >= batch) {
                throw new BackendFailureException("device lost");
            }
            before.forward(tokens, cancellation);
        };
    }
}
