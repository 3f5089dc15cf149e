package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BackendFailureException;
import bitnet.BusyException;
import bitnet.CapacityException;
import bitnet.Completion;
import bitnet.FinishReason;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Model;
import bitnet.ModelStats;
import bitnet.Scheduling;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
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
        while (thread.getState() != Thread.State.WAITING
                && thread.getState() != Thread.State.TIMED_WAITING
                && thread.isAlive()) {
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
    void whoeverIsCancelledWhileWaitingGoesAtOnce() throws Exception {
        for (int running : new int[] {1, Scheduling.UNLIMITED}) {
            var slow = new Alphabet(100);
            Model limited = slow.load(4, Scheduling.defaults().withMaxRunning(running));
            var under = new CountDownLatch(1);
            var until = new CountDownLatch(1);
            slow.hook = (batch, cancellation) -> {
                under.countDown();
                TokenGenerationTest.await(until);
            };
            Generation first = limited.complete("a", GREEDY.withMaxTokens(1));
            Thread holder = start(first::finish);
            under.await();
            Generation cancelled = limited.complete("b", GREEDY);
            Thread waiting = start(cancelled::finish);
            cancelled.cancel();
            waiting.join();
            assertThat(holder.isAlive()).as("the step is still under way").isTrue();
            assertThat(cancelled.finish().finishReason()).isEqualTo(FinishReason.CANCELLED);
            until.countDown();
            holder.join();
            assertThat(first.finish().text()).isEqualTo("b");
            assertThat(limited.complete("y", GREEDY).finish().text()).isEqualTo("z");
            assertThat(slow.open).isEmpty();
        }
    }

    @Test
    void aDeadlinePassesInTheQueue() throws Exception {
        holdTheFirst();
        Generation first = model.complete("a", GREEDY.withMaxTokens(1));
        Thread holder = start(first::finish);
        computing.await();
        Generation late = model.complete("b", GREEDY.withDeadline(Duration.ofMillis(30)));
        assertThat(late.finish().finishReason()).isEqualTo(FinishReason.DEADLINE);
        assertThat(late.isCancelled()).isFalse();
        assertThat(holder.isAlive()).isTrue();
        goOn.countDown();
        holder.join();
    }

    @Test
    void aDeadlineEndsAnAnswerWithWhatThereIs() {
        Generation slow =
                model.complete("a", GREEDY.withDeadline(Duration.ofMillis(200)).withIgnoreEndOfGeneration(true));
        alphabet.hook = (batch, cancellation) -> LockSupport.parkNanos(10_000_000);
        Completion completion = slow.finish();
        assertThat(completion.finishReason()).isEqualTo(FinishReason.DEADLINE);
        assertThat("bcdefghijklmnopqrstuvwxyz").startsWith(completion.text());
        assertThat(alphabet.open).isEmpty();
        assertThat(model.complete("y", GREEDY.withDeadline(Duration.ofSeconds(Long.MAX_VALUE)))
                        .finish()
                        .text())
                .isEqualTo("z");
    }

    @Test
    void furtherOnesWaitUntilOneEndsAndSomeAreRefused() throws Exception {
        Model limited = alphabet.load(4, Scheduling.defaults().withMaxRunning(2).withMaxQueued(1));
        Generation one = limited.complete("a", GREEDY);
        Generation two = limited.complete("m", GREEDY);
        one.next();
        two.next();
        Generation third = limited.complete("x", GREEDY);
        Thread waiting = start(third::finish);
        Generation fourth = limited.complete("y", GREEDY);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(fourth::hasNext)
                    .isInstanceOf(BusyException.class)
                    .hasMessageContaining("2 generations run and 1 wait");
        }
        assertThat(limited.stats().running()).isEqualTo(2);
        assertThat(limited.stats().queued()).isEqualTo(1);
        assertThat(one.next().text()).isEqualTo("c");
        assertThat(waiting.isAlive()).isTrue();
        one.close();
        waiting.join();
        assertThat(third.finish().text()).isEqualTo("yz");
        assertThat(limited.complete("y", GREEDY).finish().text()).isEqualTo("z");
        two.close();
        assertThat(limited.stats().running()).isZero();
        assertThat(limited.stats().queued()).isZero();
    }

    @Test
    void anInterruptCancelsWhereItIsAskedFor() throws Exception {
        for (boolean virtual : new boolean[] {true, false}) {
            for (boolean cancels : new boolean[] {true, false}) {
                var slow = new Alphabet(100);
                Model other = slow.load(4);
                var under = new CountDownLatch(1);
                var until = new CountDownLatch(1);
                slow.hook = (batch, cancellation) -> {
                    under.countDown();
                    TokenGenerationTest.await(until);
                };
                Thread holder = start(other.complete("a", GREEDY.withMaxTokens(1))::finish);
                under.await();
                Generation generation = other.complete("x", GREEDY.withCancelOnInterrupt(cancels));
                var interrupted = new AtomicBoolean();
                Thread waiting = (virtual ? Thread.ofVirtual() : Thread.ofPlatform()).start(() -> {
                    generation.finish();
                    interrupted.set(Thread.currentThread().isInterrupted());
                });
                while (waiting.getState() != Thread.State.TIMED_WAITING) {
                    Thread.sleep(1);
                }
                waiting.interrupt();
                if (cancels) {
                    waiting.join();
                }
                until.countDown();
                waiting.join();
                holder.join();
                assertThat(interrupted).isTrue();
                assertThat(generation.finish().finishReason())
                        .isEqualTo(cancels ? FinishReason.CANCELLED : FinishReason.STOP);
                assertThat(generation.text()).isEqualTo(cancels ? "" : "yz");
            }
        }
    }

    @Test
    void anInterruptBetweenTokensCancelsToo() {
        Generation generation = model.complete("a", GREEDY.withCancelOnInterrupt(true));
        generation.next();
        Thread.currentThread().interrupt();
        assertThat(generation.hasNext()).isFalse();
        assertThat(Thread.interrupted()).as("it stays pending").isTrue();
        assertThat(generation.finish().finishReason()).isEqualTo(FinishReason.CANCELLED);
    }

    @Test
    void statsCount() {
        assertThat(model.stats()).isEqualTo(new ModelStats(0, 0, 0, 0, 0, 0, 0, 0, 0));
        assertThat(model.stats().rowsPerStep()).isZero();
        assertThat(model.stats().cacheHitRate()).isZero();
        Generation generation = model.complete("abcdef", GREEDY.withMaxTokens(3));
        generation.next();
        assertThat(model.stats().running()).isEqualTo(1);
        generation.finish();
        assertThat(model.stats()).isEqualTo(new ModelStats(0, 0, 6, 0, 3, 4, 8, 0, 0));
        assertThat(model.stats().rowsPerStep()).isEqualTo(2);
    }

    @Test
    void aClosedModelLetsGoOfThoseWhoWait() throws Exception {
        holdTheFirst();
        Thread holder = start(() -> ignoringTheEnd(model.complete("a", GREEDY)));
        computing.await();
        Thread waiting = start(() -> ignoringTheEnd(model.complete("b", GREEDY)));
        Thread closer = start(model::close);
        waiting.join();
        assertThat(holder.isAlive()).isTrue();
        goOn.countDown();
        holder.join();
        closer.join();
        assertThat(alphabet.closes).isEqualTo(1);
    }

    private static void ignoringTheEnd(Generation generation) {
        assertThatThrownBy(generation::finish)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
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
        assertThat(failure.get()).isInstanceOf(CapacityException.class).hasMessageContaining("for x");
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
