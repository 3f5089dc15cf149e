package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.ChatOptions;
import bitnet.ChatSession;
import bitnet.Completion;
import bitnet.Device;
import bitnet.DevicePolicy;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.LoadOptions;
import bitnet.Model;
import bitnet.Scheduling;
import bitnet.Token;
import bitnet.constraint.TokenConstraint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/** Guesses make an answer come sooner, or not, and never another. */
class SpeculationTest {
    private static final IntToDoubleFunction FREE = _ -> 1;

    @Test
    void aTextIsGuessedToGoOnAsBefore() {
        int[] text = {1, 2, 3, 4, 5, 9, 2, 3, 7, 7, 2, 3};
        int[] draft = new int[3];
        assertThat(new PromptLookup().propose(text, 12, draft)).isEqualTo(3);
        assertThat(draft).as("behind the last 2 3").containsExactly(7, 7, 2);
        assertThat(new PromptLookup().propose(text, 8, draft)).isEqualTo(3);
        assertThat(draft).containsExactly(4, 5, 9);
        assertThat(new PromptLookup().propose(text, 7, draft))
                .as("one token is too little")
                .isZero();
        assertThat(new PromptLookup().propose(text, 1, draft)).isZero();
    }

    @Test
    void aTextThatRepeatsIsGuessedToGoOnRepeating() {
        int[] draft = new int[7];
        assertThat(new PromptLookup().propose(new int[] {5, 5, 5, 5}, 4, draft)).isEqualTo(7);
        assertThat(draft).containsOnly(5);
        assertThat(new PromptLookup().propose(new int[] {9, 1, 2, 3, 1, 2, 3, 1, 2}, 9, draft))
                .isEqualTo(7);
        assertThat(draft).containsExactly(3, 1, 2, 3, 1, 2, 3);
    }

    /** Guesses the same each time. */
    private static DraftSource always(int token) {
        return (_, _, draft) -> {
            Arrays.fill(draft, token);
            return draft.length;
        };
    }

    @Test
    void guessesThatAreRightBecomeMoreAndWrongOnesEnd() {
        var speculation = new Speculation(always(1));
        int[] tokens = new int[20];
        assertThat(speculation.propose(tokens, 5, 20, FREE)).isEqualTo(7);
        assertThat(tokens).startsWith(0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0);
        assertThat(speculation.propose(tokens, 5, 2, FREE))
                .as("no more than there is room for")
                .isEqualTo(2);
        assertThat(speculation.propose(tokens, 5, 0, FREE)).isZero();
        IntToDoubleFunction rows = more -> 1 + 0.2 * more;
        int steps = 0;
        while (speculation.propose(tokens, 5, 20, rows) > 0) {
            speculation.chosen(2);
            steps++;
        }
        assertThat(steps).as("a few tokens that were guessed wrong").isBetween(2, 8);
        int back = 0;
        while (speculation.propose(tokens, 5, 20, rows) == 0) {
            speculation.chosen(1);
            back++;
        }
        assertThat(back).as("tokens that would have been guessed right").isBetween(1, 4);
        IntToDoubleFunction dear = more -> 1 + more;
        assertThat(speculation.propose(tokens, 5, 20, dear))
                .as("rows that cost as much as steps")
                .isZero();
    }

    private static final String REPEATING = "abcdabcdabcdxbcdabcdabcdabqdabcd";

    @Test
    void rightGuessesSaveStepsAndChangeNothing() {
        var alphabet = new Alphabet(200);
        alphabet.answer = REPEATING;
        Model model = alphabet.load(64);
        String prompt = "go" + Alphabet.ASKED;
        Completion plain = model.complete(prompt, GenerationOptions.greedy().withSpeculation(false))
                .finish();
        assertThat(plain.timings().guessedTokens()).isZero();
        assertThat(alphabet.batches).hasSize(REPEATING.length() + 1);
        for (int most = 1; most < 12; most++) {
            // a model that has measured nothing yet, so that the first guess is tried, which is right
            var fresh = new Alphabet(200);
            fresh.answer = REPEATING;
            Generation generation =
                    fresh.load(64).complete(prompt, GenerationOptions.greedy().withMaxTokens(most * 3));
            List<Integer> ids = new ArrayList<>();
            while (generation.hasNext()) {
                ids.add(generation.next().id());
            }
            Completion guessed = generation.finish();
            String expected = plain.text().substring(0, Math.min(plain.text().length(), most * 3));
            assertThat(guessed.text()).isEqualTo(expected);
            assertThat(fresh.batches).hasSize(ids.size() - guessed.timings().acceptedTokens());
            if (most > 4) {
                assertThat(guessed.timings().acceptedTokens()).isPositive();
            }
            assertThat(fresh.open).isEmpty();
        }
    }

    /** Those that need the scores of the whole vocabulary, and those whose text is partly forced. */
    @Test
    void guessesHelpEveryWayOfChoosing() {
        GenerationOptions greedy = GenerationOptions.greedy();
        List<GenerationOptions> ways = List.of(
                greedy.withLogprobs(2),
                greedy.withRepeatPenalty(1.01f),
                greedy.withTemperature(0.1f).withTopK(0).withSeed(7),
                greedy.withConstraint(TokenConstraint.regex("[a-dqx]{10,40}")),
                greedy.withConstraint(TokenConstraint.regex("(abcd|x[b-c]cd|abqd){1,9}")),
                greedy.withConstraint(TokenConstraint.regex("(abcd|x[b-c]cd|abqd){1,9}"))
                        .withLogprobs(1));
        for (GenerationOptions way : ways) {
            var alphabet = new Alphabet(200);
            alphabet.answer = REPEATING;
            List<Token> plain = tokens(alphabet.load(64), "go" + Alphabet.ASKED, way.withSpeculation(false));
            int steps = alphabet.batches.size();
            assertThat(guessed).hasValue(0);
            List<Token> sooner = tokens(alphabet.load(64), "go" + Alphabet.ASKED, way);
            assertThat(sooner).isEqualTo(plain).hasSizeGreaterThan(20);
            assertThat(alphabet.batches.size() - steps).as("steps").isLessThan(steps);
            assertThat(guessed.getAndSet(0)).isPositive();
            assertThat(alphabet.open).isEmpty();
        }
    }

    @Test
    void theCacheEndsWhereItWouldWithoutGuesses() {
        for (int most = 1; most < REPEATING.length() + 2; most++) {
            for (boolean close : new boolean[] {false, true}) {
                var alphabet = new Alphabet(200);
                alphabet.answer = REPEATING;
                String template = "{% for m in messages %}{{ m['content'] }}{% endfor %}" + Alphabet.ASKED;
                try (Model model = alphabet.load(64, template);
                        ChatSession chat = model.chat(ChatOptions.defaults())) {
                    Generation answer =
                            chat.stream("go", GenerationOptions.greedy().withMaxTokens(close ? 100 : most));
                    for (int i = 0; i < most && answer.hasNext(); i++) {
                        answer.next();
                    }
                    answer.close();
                    int taken = Math.min(most, REPEATING.length());
                    assertThat(alphabet.text(0))
                            .as("all but the last token, which is not computed")
                            .isEqualTo(
                                    "go" + Alphabet.ASKED + REPEATING.substring(0, most > taken ? taken : taken - 1));
                    try (Generation next =
                            chat.stream("on", GenerationOptions.greedy().withMaxTokens(1))) {
                        next.finish();
                    }
                    assertThat(alphabet.text(0)).endsWith("on" + Alphabet.ASKED);
                }
            }
        }
    }

    @Test
    void guessesThatTheMemoryHasNoRoomForAreLeftOut() {
        var alphabet = new Alphabet(200);
        alphabet.answer = REPEATING;
        var refused = new AtomicInteger();
        alphabet.hook = (batch, _) -> {
            if (batch.size() > 1 && batch.position(0) > 2) {
                refused.incrementAndGet();
                throw new OutOfMemoryError("no page for guesses");
            }
        };
        Model model = alphabet.load(64);
        Completion answer = model.complete("go" + Alphabet.ASKED, GenerationOptions.greedy())
                .finish();
        assertThat(answer.text()).isEqualTo(REPEATING);
        assertThat(answer.timings().guessedTokens()).isZero();
        assertThat(refused).hasPositiveValue();
    }

    private static Model demo() throws Exception {
        return Model.load(
                Path.of(SpeculationTest.class
                                .getResource("/demo-model/config.json")
                                .toURI())
                        .getParent(),
                LoadOptions.defaults()
                        .withDevice(DevicePolicy.require(Device.CPU))
                        .withBackend("scalar")
                        .withScheduling(Scheduling.defaults().withPromptCache(0)));
    }

    private final AtomicInteger guessed = new AtomicInteger();

    private List<Token> tokens(Model model, String prompt, GenerationOptions options) {
        List<Token> tokens = new ArrayList<>();
        try (Generation generation = model.complete(prompt, options)) {
            generation.forEachRemaining(tokens::add);
            guessed.addAndGet(generation.finish().timings().guessedTokens());
        }
        return tokens;
    }

    @Test
    void aTrainedModelAnswersTheSame() throws Exception {
        String repeating = "one two three four five six, one two three four five six, one two three";
        List<GenerationOptions> ways = List.of(
                GenerationOptions.greedy(),
                GenerationOptions.defaults().withSeed(3),
                GenerationOptions.defaults().withSeed(4).withTemperature(1.5f).withStop("six"),
                GenerationOptions.defaults().withSeed(5).withTopK(3).withTopP(0.5f),
                GenerationOptions.greedy().withRepeatPenalty(1.1f),
                GenerationOptions.greedy().withLogprobs(2));
        try (Model model = demo();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Token>>> together = new ArrayList<>();
            List<List<Token>> alone = new ArrayList<>();
            for (GenerationOptions way : ways) {
                GenerationOptions options = way.withMaxTokens(24).withIgnoreEndOfGeneration(true);
                alone.add(tokens(model, repeating, options.withSpeculation(false)));
                assertThat(tokens(model, repeating, options)).isEqualTo(alone.getLast());
            }
            for (GenerationOptions way : ways) {
                GenerationOptions options = way.withMaxTokens(24).withIgnoreEndOfGeneration(true);
                together.add(threads.submit(() -> tokens(model, repeating, options)));
            }
            assertThat(guessed).as("what is not measured yet is tried").hasPositiveValue();
            for (int i = 0; i < ways.size(); i++) {
                assertThat(together.get(i).get()).isEqualTo(alone.get(i));
            }
        }
    }
}
