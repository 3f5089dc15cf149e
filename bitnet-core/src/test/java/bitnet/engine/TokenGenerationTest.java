package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bitnet.BackendFailureException;
import bitnet.CapacityException;
import bitnet.Completion;
import bitnet.ContextOverflowException;
import bitnet.FinishReason;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Model;
import bitnet.Token;
import bitnet.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class TokenGenerationTest {
    private static final GenerationOptions GREEDY = GenerationOptions.greedy();

    private final Alphabet alphabet = new Alphabet(100);
    private final Model model = alphabet.load(4);

    @Test
    void endsWithTheModelsEndToken() {
        Completion completion = model.complete("uvw", GREEDY).finish();
        assertThat(completion.text()).isEqualTo("xyz");
        assertThat(completion.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(completion.usage()).isEqualTo(new Usage(3, 0, 4));
        assertThat(completion.timings().prefillTokens()).isEqualTo(3);
        assertThat(completion.timings().decodeTokens()).isEqualTo(3);
        assertThat(completion.timings().prefill()).isPositive();
        assertThat(completion.timings().firstToken())
                .isGreaterThanOrEqualTo(completion.timings().prefill());
        assertThat(alphabet.open).as("freed without close").isEmpty();
    }

    @Test
    void computesNothingBeforeItIsAsked() {
        Generation generation = model.complete("abc", GREEDY);
        assertThat(alphabet.batches).isEmpty();
        assertThat(alphabet.open).isEmpty();
        assertThat(generation.next().text()).isEqualTo("d");
        assertThat(alphabet.batches).containsExactly(3);
        generation.close();
        assertThat(alphabet.open).isEmpty();
    }

    @Test
    void tokensAreTheTextAndTheEndTokenIsOneOfThem() {
        List<Token> tokens = new ArrayList<>();
        model.complete("x", GREEDY).forEachRemaining(tokens::add);
        assertThat(tokens).containsExactly(new Token('y', "y"), new Token('z', "z"), new Token(Alphabet.END, ""));
    }

    @Test
    void endsAtTheLimit() {
        Completion completion = model.complete("a", GREEDY.withMaxTokens(3)).finish();
        assertThat(completion.text()).isEqualTo("bcd");
        assertThat(completion.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(completion.usage().completionTokens()).isEqualTo(3);
    }

    @Test
    void goesOnAfterTheEndTokenWhenToldTo() {
        Completion completion = model.complete("z", GREEDY.withMaxTokens(3).withIgnoreEndOfGeneration(true))
                .finish();
        assertThat(completion.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(completion.text()).isEqualTo("\u0001\u0002");
    }

    @Test
    void endsWhenTheContextIsFull() {
        Model small = new Alphabet(5).load(4);
        Completion completion = small.complete("abc", GREEDY).finish();
        assertThat(completion.finishReason()).isEqualTo(FinishReason.CONTEXT_FULL);
        assertThat(completion.text()).as("tokens 4 and 5, and one after them").isEqualTo("def");
        assertThat(small.complete("abcde", GREEDY).finish().text()).isEqualTo("f");
        assertThatThrownBy(() -> small.complete("abcdef", GREEDY))
                .isInstanceOfSatisfying(ContextOverflowException.class, e -> {
                    assertThat(e.needed()).isEqualTo(6);
                    assertThat(e.available()).isEqualTo(5);
                });
    }

    @Test
    void stopStringsAcrossTokensAreNotPartOfTheText() {
        Generation generation = model.complete("a", GREEDY.withStop("fgh", "gx"));
        List<String> texts = new ArrayList<>();
        generation.forEachRemaining(token -> texts.add(token.text()));
        assertThat(texts).containsExactly("b", "c", "d", "e", "", "", "");
        assertThat(generation.finish().finishReason()).isEqualTo(FinishReason.STOP_STRING);
        assertThat(generation.finish().text()).isEqualTo("bcde");
    }

    @Test
    void whatWasHeldBackForAStopStringComesWithTheLastToken() {
        Generation atLimit = model.complete("a", GREEDY.withStop("cdX").withMaxTokens(3));
        List<String> texts = new ArrayList<>();
        atLimit.forEachRemaining(token -> texts.add(token.text()));
        assertThat(texts).containsExactly("b", "", "cd");
        Completion atEnd = model.complete("x", GREEDY.withStop("zX")).finish();
        assertThat(atEnd.text()).isEqualTo("yz");
        assertThat(atEnd.finishReason()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void promptsAreComputedInChunks() {
        model.complete("abcdefghij", GREEDY.withMaxTokens(2)).finish();
        assertThat(alphabet.batches).containsExactly(4, 4, 2, 1);
    }

    @Test
    void cancellationIsSeenBetweenChunks() {
        var running = new AtomicReference<Generation>();
        alphabet.hook = (batch, cancellation) -> running.get().cancel();
        running.set(model.complete("abcdefghij", GREEDY));
        Completion completion = running.get().finish();
        assertThat(completion.finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(completion.text()).isEmpty();
        assertThat(completion.usage()).isEqualTo(new Usage(10, 0, 0));
        assertThat(alphabet.batches).containsExactly(4);
        assertThat(alphabet.open).isEmpty();
    }

    @Test
    void cancelledFromAnotherThreadItEndsAtTheNextToken() throws Exception {
        Generation generation = model.complete("a", GREEDY);
        generation.next();
        Thread.ofPlatform().start(generation::cancel).join();
        assertThat(generation.isCancelled()).isTrue();
        assertThat(generation.hasNext()).isFalse();
        assertThatThrownBy(generation::next).isInstanceOf(NoSuchElementException.class);
        assertThat(generation.finish().text()).isEqualTo("b");
        assertThat(generation.finish().finishReason()).isEqualTo(FinishReason.CANCELLED);
    }

    @Test
    void aTokenThatWasSeenIsStillGivenOutAfterCancel() {
        Generation generation = model.complete("a", GREEDY);
        assertThat(generation.hasNext()).isTrue();
        generation.cancel();
        assertThat(generation.next().text()).isEqualTo("b");
        assertThat(generation.hasNext()).isFalse();
    }

    @Test
    void cancelAfterTheEndChangesNothing() {
        Generation generation = model.complete("y", GREEDY);
        generation.finish();
        generation.cancel();
        generation.close();
        assertThat(generation.isCancelled()).isFalse();
        assertThat(generation.finish().finishReason()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void closeWaitsForTheComputationUnderWay() throws Exception {
        var computing = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        alphabet.hook = (batch, cancellation) -> {
            computing.countDown();
            await(goOn);
        };
        Generation generation = model.complete("a", GREEDY);
        Thread reader = Thread.ofPlatform().start(() -> generation.forEachRemaining(token -> {}));
        computing.await();
        Thread closer = Thread.ofPlatform().start(generation::close);
        closer.join(50);
        assertThat(closer.isAlive()).isTrue();
        goOn.countDown();
        closer.join();
        reader.join();
        assertThat(alphabet.open).isEmpty();
        assertThat(generation.hasNext()).isFalse();
        assertThat(generation.finish().finishReason()).isEqualTo(FinishReason.CANCELLED);
    }

    @Test
    void aFailureIsThrownAgainAndAgainAndPoisonsTheModel() {
        Generation other = model.complete("m", GREEDY);
        other.next();
        Generation generation = model.complete("a", GREEDY);
        generation.next();
        alphabet.hook = (batch, cancellation) -> {
            throw new BackendFailureException("device lost");
        };
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(generation::hasNext)
                    .isInstanceOf(BackendFailureException.class)
                    .hasMessage("device lost");
        }
        assertThatThrownBy(generation::finish).isInstanceOf(BackendFailureException.class);
        assertThat(generation.text()).isEqualTo("b");
        alphabet.hook = (batch, cancellation) -> {};
        assertThatThrownBy(other::next)
                .isInstanceOf(BackendFailureException.class)
                .hasMessageContaining("device lost");
        assertThatThrownBy(() -> model.complete("a", GREEDY).finish()).isInstanceOf(BackendFailureException.class);
        generation.close();
        other.close();
        model.close();
        assertThat(alphabet.closes).isEqualTo(1);
    }

    @Test
    void whateverABackendThrowsIsAFailure() {
        for (Throwable thrown : List.of(new NullPointerException("oops"), new StackOverflowError("oops"))) {
            var broken = new Alphabet(100);
            Model brokenModel = broken.load(4);
            broken.hook = (batch, cancellation) -> {
                if (thrown instanceof Error e) {
                    throw e;
                }
                throw (RuntimeException) thrown;
            };
            assertThatThrownBy(() -> brokenModel.complete("a", GREEDY).finish())
                    .isInstanceOf(BackendFailureException.class)
                    .hasMessageContaining("oops")
                    .hasCause(thrown);
        }
    }

    @Test
    void noSequenceIsAFailureToo() {
        alphabet.newSequenceHook = () -> {
            throw new NoClassDefFoundError("oops");
        };
        assertThatThrownBy(() -> model.complete("a", GREEDY).finish())
                .isInstanceOf(BackendFailureException.class)
                .hasMessageContaining("oops");
        alphabet.newSequenceHook = () -> {};
        assertThatThrownBy(() -> model.complete("a", GREEDY).finish()).isInstanceOf(BackendFailureException.class);
    }

    @Test
    void outOfMemoryEndsTheOneThatNeededIt() {
        Generation small = model.complete("a", GREEDY.withMaxTokens(3));
        small.next();
        alphabet.hook = (batch, cancellation) -> {
            if (batch.size() > 1) {
                throw new OutOfMemoryError("oops");
            }
        };
        Generation big = model.complete("abcd", GREEDY);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(big::finish)
                    .isInstanceOf(CapacityException.class)
                    .hasMessageContaining("no memory");
        }
        assertThat(small.finish().text()).isEqualTo("bcd");
        alphabet.hook = (batch, cancellation) -> {};
        assertThat(model.complete("wx", GREEDY).finish().text()).isEqualTo("yz");
    }

    @Test
    void logprobsOnlyWhenAsked() {
        Token plain = model.complete("a", GREEDY).next();
        assertThat(plain.logprob()).isNaN();
        assertThat(plain.top()).isEmpty();
        Token scored = model.complete("a", GREEDY.withLogprobs(2)).next();
        assertThat(scored.id()).isEqualTo('b');
        // one logit of 10, the others 0
        double expected = 10 - Math.log(Math.exp(10) + Alphabet.VOCABULARY - 1);
        assertThat((double) scored.logprob()).isEqualTo(expected, within(1e-6));
        assertThat(scored.top()).hasSize(2);
        assertThat(scored.top().getFirst()).isEqualTo(new Token.Candidate('b', "b", scored.logprob()));
        assertThat((double) scored.top().getLast().logprob()).isEqualTo(expected - 10, within(1e-5));
    }

    @Test
    void theReportedSeedGivesTheSameTextAgain() {
        var hot = GenerationOptions.defaults()
                .withTemperature(20)
                .withTopK(0)
                .withMinP(0)
                .withMaxTokens(20);
        Completion first = model.complete("a", hot).finish();
        Completion again = model.complete("a", hot.withSeed(first.seed())).finish();
        Completion other = model.complete("a", hot.withSeed(first.seed() + 1)).finish();
        assertThat(again.text()).isEqualTo(first.text());
        assertThat(again.seed()).isEqualTo(first.seed());
        assertThat(other.text()).isNotEqualTo(first.text());
    }

    @Test
    void streamsCloseTheGeneration() {
        Generation generation = model.complete("a", GREEDY);
        try (var stream = generation.stream()) {
            assertThat(stream.limit(3).map(Token::text)).containsExactly("b", "c", "d");
        }
        assertThat(generation.hasNext()).isFalse();
        assertThat(alphabet.open).isEmpty();
    }

    static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
