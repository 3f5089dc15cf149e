package bitnet;

import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** A {@link Generation} as a publisher for one subscriber. */
final class TokenPublisher implements Flow.Publisher<Token> {
    private final Generation generation;
    private final Executor executor;
    private final AtomicBoolean subscribed = new AtomicBoolean();

    TokenPublisher(Generation generation, Executor executor) {
        this.generation = generation;
        this.executor = executor;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super Token> subscriber) {
        boolean first = subscribed.compareAndSet(false, true);
        var subscription = new Subscription(subscriber, first);
        subscriber.onSubscribe(subscription);
        if (!first) {
            subscriber.onError(new IllegalStateException("a generation has one subscriber"));
        }
    }

    /** Runs on the executor while there is demand; {@code wanted} rises from 0 exactly when it has to be started. */
    private final class Subscription implements Flow.Subscription, Runnable {
        private final Flow.Subscriber<? super Token> subscriber;
        private final AtomicLong wanted = new AtomicLong();
        private volatile boolean ended;
        private volatile boolean cancelled;
        private volatile boolean illegal;

        Subscription(Flow.Subscriber<? super Token> subscriber, boolean active) {
            this.subscriber = subscriber;
            this.ended = !active;
        }

        @Override
        public void request(long count) {
            illegal |= count <= 0;
            wake(Math.max(1, count));
        }

        @Override
        public void cancel() {
            if (!ended) {
                cancelled = true;
                generation.cancel();
                wake(1);
            }
        }

        private void wake(long count) {
            if (!ended && wanted.getAndAccumulate(count, Subscription::saturatedSum) == 0) {
                try {
                    executor.execute(this);
                } catch (RejectedExecutionException e) {
                    fail(e);
                }
            }
        }

        @Override
        public void run() {
            long requested = wanted.get();
            while (requested > 0 && !ended) {
                for (long given = 0; given < requested && !ended; given++) {
                    step();
                }
                requested = wanted.addAndGet(-requested);
            }
        }

        private void step() {
            if (cancelled) {
                end();
                return;
            }
            if (illegal) {
                fail(new IllegalArgumentException("a request is for at least one token"));
                return;
            }
            Token token;
            try {
                if (!generation.hasNext()) {
                    end();
                    if (!cancelled) {
                        subscriber.onComplete();
                    }
                    return;
                }
                token = generation.next();
            } catch (RuntimeException e) {
                fail(e);
                return;
            }
            try {
                subscriber.onNext(token);
            } catch (RuntimeException e) {
                end();
                throw e;
            }
        }

        private void fail(RuntimeException failure) {
            end();
            subscriber.onError(failure);
        }

        private void end() {
            ended = true;
            generation.close();
        }

        private static long saturatedSum(long a, long b) {
            long sum = a + b;
            return sum < 0 ? Long.MAX_VALUE : sum;
        }
    }
}
