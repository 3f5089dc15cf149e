package bitnet.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InFlightTest {
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger read = new AtomicInteger();

    private Iterator<Integer> rows(int count) {
        return IntStream.range(0, count).peek(row -> read.incrementAndGet()).iterator();
    }

    private Integer work(int row) {
        most.accumulateAndGet(running.incrementAndGet(), Math::max);
        try {
            Thread.sleep(row % 7 == 0 ? 20 : 2);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted");
        } finally {
            running.decrementAndGet();
        }
        return row * row;
    }

    private InFlight<Integer, Integer> inFlight(Iterator<Integer> rows, int count, Function<Integer, Integer> work) {
        return new InFlight<>(rows, count, work, () -> false);
    }

    @Test
    void resultsComeInOrderAndAsManyAreUnderWayAsAllowed() {
        List<Integer> results = new ArrayList<>();
        try (var results4 = inFlight(rows(200), 4, this::work)) {
            results4.forEachRemaining(results::add);
        }
        assertThat(results)
                .isEqualTo(IntStream.range(0, 200).mapToObj(i -> i * i).toList());
        assertThat(most).hasValue(4);
    }

    @Test
    void rowsAreNotReadFurtherAheadThanFourTimesThat() {
        try (var results = inFlight(rows(1000), 2, this::work)) {
            assertThat(results.hasNext()).isTrue();
            assertThat(read).hasValue(8);
            for (int i = 0; i < 10; i++) {
                assertThat(results.next()).isEqualTo(i * i);
            }
            assertThat(read.get()).isLessThanOrEqualTo(18);
        }
    }

    @Test
    void rowsBehindASlowOneGoOn() throws InterruptedException {
        CountDownLatch others = new CountDownLatch(7);
        try (var results = inFlight(rows(8), 2, row -> {
            if (row > 0) {
                others.countDown();
                return row;
            }
            try {
                others.await();
            } catch (InterruptedException e) {
                throw new CancellationException();
            }
            return row;
        })) {
            assertThat(results.next()).isZero();
        }
    }

    @Test
    void whatARowThrowsIsThrownAndTheOthersEnd() {
        try (var results = inFlight(rows(100), 4, row -> {
            if (row == 3) {
                throw new IllegalStateException("row 3");
            }
            return work(row);
        })) {
            assertThatThrownBy(() -> results.forEachRemaining(result -> {}))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("row 3");
            assertThat(running).hasValue(0);
        }
    }

    @Test
    void whenNobodyWantsThemAnyMoreTheyEnd() {
        AtomicBoolean cancelled = new AtomicBoolean();
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger interrupted = new AtomicInteger();
        try (var results = new InFlight<Integer, Integer>(
                rows(100),
                4,
                row -> {
                    try {
                        cancelled.set(true);
                        never.await();
                    } catch (InterruptedException e) {
                        interrupted.incrementAndGet();
                    }
                    return row;
                },
                cancelled::get)) {
            assertThatThrownBy(results::next).isInstanceOf(CancellationException.class);
        }
        assertThat(interrupted.get()).isBetween(1, 4);
    }

    @Test
    void anInterruptEndsThemAndStaysPending() {
        try (var results = inFlight(rows(100), 4, this::work)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(results::next).isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(running).hasValue(0);
        }
    }
}
