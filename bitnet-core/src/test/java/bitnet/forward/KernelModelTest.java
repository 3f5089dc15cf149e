package bitnet.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BackendFailureException;
import bitnet.ContextOverflowException;
import bitnet.KvType;
import bitnet.model.Transformer;
import bitnet.safetensors.HuggingFaceModel;
import bitnet.scalar.ScalarKernels;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;
import bitnet.spi.KvPage;
import bitnet.spi.Logits;
import bitnet.spi.Progress;
import bitnet.spi.Sequence;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KernelModelTest {
    private static final int VOCABULARY = 512;
    private static final int CONTEXT = 100;
    private static final int[] TEXT = {147, 447, 467, 4, 256, 420, 69, 408, 62, 240, 418, 156, 176, 143, 368};
    private static HuggingFaceModel file;
    private static Transformer transformer;

    @BeforeAll
    static void open() throws Exception {
        file = HuggingFaceModel.open(
                Path.of(KernelModelTest.class.getResource("/tiny-bitnet").toURI()));
        transformer = file.transformer();
    }

    @AfterAll
    static void close() {
        file.close();
    }

    private static CompileOptions options(int maxRows) {
        return new CompileOptions(CONTEXT, 0, maxRows, KvType.F16, 0, Progress.NONE, Cancellation.NEVER);
    }

    private static KernelModel model(int maxRows, Consumer<String> before) {
        CompileOptions options = options(maxRows);
        Kernels kernels = new ScalarKernels(transformer.config(), options);
        return new KernelModel(transformer, Intercepted.kernels(kernels, before), options);
    }

    private static KernelModel model(int maxRows) {
        return model(maxRows, method -> {});
    }

    /** A batch that continues the sequence, with the logits of each token wanted. */
    private static Batch batch(Sequence sequence, int... tokens) {
        Batch batch = new Batch();
        for (int i = 0; i < tokens.length; i++) {
            batch.add(sequence, sequence.length() + i, tokens[i], Logits.all(VOCABULARY));
        }
        return batch;
    }

    private static float[] last(Batch batch) {
        return batch.target(batch.size() - 1).values();
    }

    private static void requireBits(float[] actual, float[] expected) {
        int[] actualBits = new int[actual.length];
        int[] expectedBits = new int[expected.length];
        Arrays.setAll(actualBits, i -> Float.floatToRawIntBits(actual[i]));
        Arrays.setAll(expectedBits, i -> Float.floatToRawIntBits(expected[i]));
        assertThat(actualBits).isEqualTo(expectedBits);
    }

    private static float[] expected(int... tokens) {
        try (KernelModel model = model(512);
                Sequence sequence = model.newSequence()) {
            Batch batch = batch(sequence, tokens);
            model.forward(batch, Cancellation.NEVER);
            return last(batch);
        }
    }

    @Test
    void refusedBatchesLeaveNoTrace() {
        try (KernelModel model = model(4);
                KernelModel other = model(4)) {
            Sequence a = model.newSequence();
            Sequence b = model.newSequence();
            Sequence closed = model.newSequence();
            closed.close();
            model.forward(batch(a, Arrays.copyOf(TEXT, 10)), Cancellation.NEVER);
            Logits target = Logits.all(VOCABULARY);
            Arrays.fill(target.values(), 7);
            List<Consumer<Batch>> faults = List.of(
                    batch -> batch.add(a, 15, -1, target),
                    batch -> batch.add(a, 15, VOCABULARY, target),
                    batch -> batch.add(a, 16, 1, target),
                    batch -> batch.add(a, 14, 1, target),
                    batch -> batch.add(a, -1, 1, target),
                    batch -> batch.add(b, 1, 1, target),
                    batch -> batch.add(closed, 0, 1, target),
                    batch -> batch.add(other.newSequence(), 0, 1, target),
                    batch -> batch.add(a, 15, 1, Logits.all(VOCABULARY - 1)),
                    batch -> batch.add(a, 15, 1, Logits.all(VOCABULARY + 1)));
            for (Consumer<Batch> fault : faults) {
                Batch batch = new Batch();
                for (int i = 10; i < 15; i++) {
                    batch.add(a, i, 300 + i, target);
                }
                fault.accept(batch);
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> model.forward(batch, Cancellation.NEVER))
                        .withMessageStartingWith("entry 5: ");
                assertThat(a.length()).isEqualTo(10);
                assertThat(b.length()).isZero();
                assertThat(target.values()).containsOnly(7);
            }
            Batch rest = batch(a, Arrays.copyOfRange(TEXT, 10, 15));
            model.forward(rest, Cancellation.NEVER);
            requireBits(last(rest), expected(TEXT));
        }
    }

    @Test
    void fullContextsAreRefusedBeforeAnythingIsComputed() {
        AtomicInteger runs = new AtomicInteger();
        try (KernelModel model = model(64, method -> runs.addAndGet(method.equals("run") ? 1 : 0))) {
            Sequence sequence = model.newSequence();
            assertThat(sequence.capacity()).isEqualTo(CONTEXT);
            assertThatThrownBy(() -> model.forward(batch(sequence, new int[CONTEXT + 1]), Cancellation.NEVER))
                    .isInstanceOfSatisfying(
                            ContextOverflowException.class,
                            e -> assertThat(e.getMessage()).contains(String.valueOf(CONTEXT)));
            assertThat(runs).hasValue(0);
            model.forward(batch(sequence, new int[CONTEXT]), Cancellation.NEVER);
            assertThat(sequence.length()).isEqualTo(CONTEXT);
            assertThatThrownBy(() -> model.forward(batch(sequence, 1), Cancellation.NEVER))
                    .isInstanceOf(ContextOverflowException.class);
            sequence.truncate(CONTEXT - 1);
            model.forward(batch(sequence, 1), Cancellation.NEVER);
        }
    }

    @Test
    void cancelledBetweenStepsKeepsTheFinishedOnes() {
        try (KernelModel model = model(4)) {
            Sequence sequence = model.newSequence();
            AtomicInteger asked = new AtomicInteger();
            assertThatThrownBy(() -> model.forward(batch(sequence, TEXT), () -> asked.incrementAndGet() == 3))
                    .isInstanceOf(CancellationException.class);
            assertThat(sequence.length()).isEqualTo(8);
            Batch rest = batch(sequence, Arrays.copyOfRange(TEXT, 8, TEXT.length));
            model.forward(rest, Cancellation.NEVER);
            requireBits(last(rest), expected(TEXT));
        }
    }

    @Test
    void closeWaitsForARunningForward() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        KernelModel model = model(512, method -> {
            if (method.equals("run")) {
                running.countDown();
                await(goOn);
            }
        });
        Sequence sequence = model.newSequence();
        Batch batch = batch(sequence, TEXT);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> forward = threads.submit(() -> model.forward(batch, Cancellation.NEVER));
            await(running);
            Future<?> close = threads.submit(model::close);
            assertThatThrownBy(() -> close.get(200, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            goOn.countDown();
            forward.get();
            close.get();
        }
        requireBits(last(batch), expected(TEXT));
        assertThatIllegalStateException().isThrownBy(() -> model.forward(batch, Cancellation.NEVER));
        assertThatIllegalStateException().isThrownBy(model::newSequence);
        assertThatIllegalStateException().isThrownBy(sequence::fork);
        sequence.close();
        model.close();
    }

    /** The callback runs on the thread that holds the model, so close() cannot wait for it. */
    @Test
    void survivesACloseFromTheCancellationCallback() {
        AtomicInteger runs = new AtomicInteger();
        KernelModel model = model(4, method -> runs.addAndGet(method.equals("run") ? 1 : 0));
        Sequence sequence = model.newSequence();
        AtomicInteger asked = new AtomicInteger();
        assertThatIllegalStateException()
                .isThrownBy(() -> model.forward(batch(sequence, TEXT), () -> {
                    if (asked.incrementAndGet() == 2) {
                        model.close();
                    }
                    return false;
                }));
        assertThat(runs).hasValue(1);
    }

    @Test
    void aBackendFailurePoisonsTheModel() {
        AtomicReference<RuntimeException> failure = new AtomicReference<>();
        KernelModel model = model(4, method -> {
            if (method.equals("run") && failure.get() != null) {
                throw failure.get();
            }
        });
        Sequence sequence = model.newSequence();
        model.forward(batch(sequence, 1, 2, 3), Cancellation.NEVER);
        BackendFailureException lost = new BackendFailureException("the device fell off the bus");
        failure.set(lost);
        assertThatThrownBy(() -> model.forward(batch(sequence, 4), Cancellation.NEVER))
                .isSameAs(lost);
        assertThat(sequence.length()).isEqualTo(3);
        failure.set(null);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> model.forward(batch(sequence, 4), Cancellation.NEVER))
                    .isInstanceOf(BackendFailureException.class)
                    .hasMessageContaining("fell off the bus")
                    .hasCause(lost);
            assertThatThrownBy(model::newSequence).isInstanceOf(BackendFailureException.class);
            assertThatThrownBy(sequence::fork).isInstanceOf(BackendFailureException.class);
        }
        sequence.close();
        model.close();
    }

    @Test
    void anyOtherFailureLeavesTheSequencesAsTheyWere() {
        AtomicReference<RuntimeException> failure = new AtomicReference<>();
        try (KernelModel model = model(512, method -> {
            if (method.equals("gate") && failure.get() != null) {
                throw failure.get();
            }
        })) {
            Sequence sequence = model.newSequence();
            model.forward(batch(sequence, Arrays.copyOf(TEXT, 10)), Cancellation.NEVER);
            failure.set(new IllegalStateException("the file was closed"));
            assertThatIllegalStateException()
                    .isThrownBy(() -> model.forward(batch(sequence, 9, 9, 9), Cancellation.NEVER))
                    .withMessage("the file was closed");
            assertThat(sequence.length()).isEqualTo(10);
            failure.set(null);
            Batch rest = batch(sequence, Arrays.copyOfRange(TEXT, 10, 15));
            model.forward(rest, Cancellation.NEVER);
            requireBits(last(rest), expected(TEXT));
        }
    }

    @Test
    void closedSequencesAreRefused() {
        try (KernelModel model = model(4)) {
            Sequence sequence = model.newSequence();
            model.forward(batch(sequence, 1, 2), Cancellation.NEVER);
            Sequence fork = sequence.fork();
            sequence.close();
            sequence.close();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.forward(batch(sequence, 3), Cancellation.NEVER))
                    .withMessageContaining("not an open one");
            assertThatIllegalStateException().isThrownBy(sequence::fork);
            Batch batch = batch(fork, 3);
            model.forward(batch, Cancellation.NEVER);
            requireBits(last(batch), expected(1, 2, 3));
        }
    }

    @Test
    void truncatesToWhatIsThere() {
        try (KernelModel model = model(4)) {
            Sequence sequence = model.newSequence();
            model.forward(batch(sequence, 1, 2), Cancellation.NEVER);
            assertThatIllegalArgumentException().isThrownBy(() -> sequence.truncate(3));
            assertThatIllegalArgumentException().isThrownBy(() -> sequence.truncate(-1));
            sequence.truncate(2);
            sequence.truncate(0);
            assertThat(sequence.length()).isZero();
            Sequence fork = sequence.fork();
            Batch batch = batch(fork, TEXT);
            model.forward(batch, Cancellation.NEVER);
            requireBits(last(batch), expected(TEXT));
        }
    }

    /** A page of 64 positions is shared: by forks, and by a sequence that is made of it. */
    @Test
    void sequencesMadeOfPagesGoOnLikeTheFirst() {
        int[] text = new int[90];
        Arrays.setAll(text, i -> TEXT[i % TEXT.length] - i % 4);
        try (KernelModel model = model(50)) {
            long page = model.pageBytes();
            assertThat(model.pagePositions()).isEqualTo(64);
            Sequence first = model.newSequence();
            model.forward(batch(first, Arrays.copyOf(text, 80)), Cancellation.NEVER);
            assertThat(model.kvBytes()).isEqualTo(2 * page);
            List<KvPage> pages = List.of(first.page(0), first.page(1));
            first.close();
            assertThat(model.kvBytes()).isEqualTo(2 * page);
            for (int length : new int[] {64, 80, 70, 1, 0}) {
                try (Sequence made = model.newSequence(pages, length);
                        Sequence fork = made.fork()) {
                    assertThat(made.length()).isEqualTo(length);
                    for (Sequence sequence : List.of(made, fork)) {
                        Batch rest = batch(sequence, Arrays.copyOfRange(text, length, 90));
                        model.forward(rest, Cancellation.NEVER);
                        requireBits(last(rest), expected(text));
                    }
                }
            }
            assertThat(model.kvBytes()).isEqualTo(2 * page);
            pages.forEach(KvPage::release);
            assertThat(model.kvBytes()).isZero();
        }
    }

    /** Nobody who lets go of a page waits for a step. */
    @Test
    void pagesMayBeLetGoWhileAStepRuns() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger runs = new AtomicInteger();
        KvPage last;
        try (KernelModel model = model(512, method -> {
                    if (method.equals("run") && runs.incrementAndGet() == 2) {
                        running.countDown();
                        await(goOn);
                    }
                });
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Sequence old = model.newSequence();
            model.forward(batch(old, TEXT), Cancellation.NEVER);
            KvPage held = old.page(0);
            old.close();
            Sequence sequence = model.newSequence();
            Future<?> forward = threads.submit(() -> model.forward(batch(sequence, TEXT), Cancellation.NEVER));
            await(running);
            held.release();
            goOn.countDown();
            forward.get();
            assertThat(model.kvBytes()).isEqualTo(model.pageBytes());
            assertThatIllegalStateException().isThrownBy(held::release);
            last = sequence.page(0);
        }
        last.release();
    }

    /** Where pages have a limit, a batch that needs more is refused before anything is computed. */
    @Test
    void pagesMayBeLimited() {
        try (KernelModel model = model(512)) {
            model.limitKv(model.pageBytes(), () -> false);
            Sequence sequence = model.newSequence();
            model.forward(batch(sequence, TEXT), Cancellation.NEVER);
            Sequence other = model.newSequence();
            assertThatThrownBy(() -> model.forward(batch(other, 1), Cancellation.NEVER))
                    .isInstanceOf(OutOfMemoryError.class);
            assertThat(other.length()).isZero();
            sequence.close();
            Batch batch = batch(other, TEXT);
            model.forward(batch, Cancellation.NEVER);
            requireBits(last(batch), expected(TEXT));
        }
    }

    @Test
    void emptyBatchesDoNothing() {
        try (KernelModel model = model(4)) {
            model.forward(new Batch(), Cancellation.NEVER);
        }
    }

    /** Threads take turns step by step; nobody's result depends on that. */
    @Test
    void sequencesOfManyThreadsDoNotDisturbEachOther() throws Exception {
        try (KernelModel model = model(3);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<float[]>> results = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                int[] text = TEXT.clone();
                text[0] = i;
                results.add(threads.submit(() -> {
                    try (Sequence sequence = model.newSequence()) {
                        for (int at = 0; at < 10; at++) {
                            model.forward(batch(sequence, text[at]), Cancellation.NEVER);
                        }
                        Batch rest = batch(sequence, Arrays.copyOfRange(text, 10, 15));
                        model.forward(rest, Cancellation.NEVER);
                        return last(rest);
                    }
                }));
            }
            for (int i = 0; i < 8; i++) {
                int[] text = TEXT.clone();
                text[0] = i;
                requireBits(results.get(i).get(), expected(text));
            }
        }
    }

    @Test
    void kernelsAreClosedWhenTheModelCannotBeMade() {
        AtomicInteger closed = new AtomicInteger();
        for (String method : List.of("ternary", "head", "floats")) {
            CompileOptions options = options(4);
            Kernels kernels = Intercepted.kernels(new ScalarKernels(transformer.config(), options), called -> {
                closed.addAndGet(called.equals("close") ? 1 : 0);
                if (called.equals(method)) {
                    throw new BackendFailureException("out of memory");
                }
            });
            assertThatThrownBy(() -> new KernelModel(transformer, kernels, options))
                    .isInstanceOf(BackendFailureException.class);
        }
        assertThat(closed).hasValue(3);
    }

    @Test
    void compilationCanBeCancelled() {
        AtomicInteger asked = new AtomicInteger();
        AtomicInteger closed = new AtomicInteger();
        List<Long> progress = new ArrayList<>();
        CompileOptions options = new CompileOptions(
                CONTEXT, 0, 4, KvType.F16, 0, (done, total) -> progress.add(done), () -> asked.incrementAndGet() == 2);
        Kernels kernels = Intercepted.kernels(
                new ScalarKernels(transformer.config(), options),
                called -> closed.addAndGet(called.equals("close") ? 1 : 0));
        assertThatThrownBy(() -> new KernelModel(transformer, kernels, options))
                .isInstanceOf(CancellationException.class);
        assertThat(closed).hasValue(1);
        assertThat(progress).containsExactly(0L);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
