package bitnet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenPublisherTest {
    private static final Executor DIRECT = Runnable::run;

    @Test
    void givesWhatIsRequestedAndNoMore() {
        var source = new Numbers(3);
        var received = new Received();
        source.publisher(DIRECT).subscribe(received);
        assertThat(source.computed).isZero();
        received.subscription.request(2);
        assertThat(received.texts).containsExactly("0", "1");
        assertThat(source.computed).isEqualTo(2);
        received.subscription.request(Long.MAX_VALUE);
        assertThat(received.texts).containsExactly("0", "1", "2");
        assertThat(received.completed).isTrue();
        assertThat(source.closed).isTrue();
    }

    @Test
    void requestsFromWithinOnNextAreServedInOrder() {
        var source = new Numbers(1000);
        var received = new Received() {
            @Override
            public void onNext(Token token) {
                super.onNext(token);
                subscription.request(1);
            }
        };
        source.publisher(DIRECT).subscribe(received);
        received.subscription.request(1);
        assertThat(received.texts)
                .isEqualTo(IntStream.range(0, 1000).mapToObj(Integer::toString).toList());
        assertThat(received.completed).isTrue();
    }

    @Test
    void requestsFromManyThreadsAreServedOneAtATime() throws Exception {
        var source = new Numbers(5000);
        var received = new Received();
        try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
            source.publisher(executor).subscribe(received);
            for (int i = 0; i < 5001; i++) {
                executor.execute(() -> received.subscription.request(1));
            }
            assertThat(received.done.await(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(received.texts)
                .isEqualTo(IntStream.range(0, 5000).mapToObj(Integer::toString).toList());
    }

    @Test
    void cancellingClosesTheGeneration() {
        var source = new Numbers(10);
        var received = new Received();
        source.publisher(DIRECT).subscribe(received);
        received.subscription.request(1);
        received.subscription.cancel();
        received.subscription.request(5);
        assertThat(received.texts).containsExactly("0");
        assertThat(received.completed).isFalse();
        assertThat(received.failure).isNull();
        assertThat(source.cancelled).isTrue();
        assertThat(source.closed).isTrue();
    }

    @Test
    void failuresGoToOnError() {
        var source = new Numbers(10);
        source.failAt = 2;
        var received = new Received();
        source.publisher(DIRECT).subscribe(received);
        received.subscription.request(10);
        assertThat(received.texts).containsExactly("0", "1");
        assertThat(received.failure).isInstanceOf(BackendFailureException.class);
        assertThat(received.completed).isFalse();
        assertThat(source.closed).isTrue();
    }

    @Test
    void aRequestOfNothingIsAnError() {
        var received = new Received();
        new Numbers(10).publisher(DIRECT).subscribe(received);
        received.subscription.request(0);
        assertThat(received.failure).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSecondSubscriberIsRefused() {
        Flow.Publisher<Token> publisher = new Numbers(10).publisher(DIRECT);
        publisher.subscribe(new Received());
        var second = new Received();
        publisher.subscribe(second);
        assertThat(second.failure).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anExecutorThatRefusesIsAnError() {
        var source = new Numbers(10);
        var received = new Received();
        source.publisher(task -> {
                    throw new RejectedExecutionException("shut down");
                })
                .subscribe(received);
        received.subscription.request(1);
        assertThat(received.failure).isInstanceOf(RejectedExecutionException.class);
        assertThat(source.closed).isTrue();
    }

    private static class Received implements Flow.Subscriber<Token> {
        final List<String> texts = new ArrayList<>();
        final CountDownLatch done = new CountDownLatch(1);
        volatile Flow.Subscription subscription;
        volatile boolean completed;
        volatile Throwable failure;

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
        }

        @Override
        public void onNext(Token token) {
            texts.add(token.text());
        }

        @Override
        public void onError(Throwable thrown) {
            failure = thrown;
            done.countDown();
        }

        @Override
        public void onComplete() {
            completed = true;
            done.countDown();
        }
    }

    /** Counts to a number. */
    private static final class Numbers implements Generation {
        private final Iterator<Integer> numbers;
        private int failAt = -1;
        private int computed;
        private boolean cancelled;
        private volatile boolean closed;

        Numbers(int count) {
            numbers = IntStream.range(0, count).iterator();
        }

        @Override
        public boolean hasNext() {
            if (computed == failAt) {
                throw new BackendFailureException("device lost");
            }
            return !cancelled && numbers.hasNext();
        }

        @Override
        public Token next() {
            computed++;
            return new Token(0, numbers.next().toString());
        }

        @Override
        public void cancel() {
            cancelled = true;
        }

        @Override
        public boolean isCancelled() {
            return cancelled;
        }

        @Override
        public Completion finish() {
            throw new IllegalStateException();
        }

        @Override
        public String text() {
            throw new IllegalStateException();
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
