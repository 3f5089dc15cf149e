package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.CapacityException;
import bitnet.ChatSession;
import bitnet.Completion;
import bitnet.Device;
import bitnet.DevicePolicy;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.LoadOptions;
import bitnet.Message;
import bitnet.Model;
import bitnet.Scheduling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What one text computed serves others, and changes no answer. */
class PromptCacheTest {
    private static Model load(Scheduling scheduling) throws Exception {
        return Model.load(
                Path.of(PromptCacheTest.class
                                .getResource("/demo-model/config.json")
                                .toURI())
                        .getParent(),
                LoadOptions.defaults()
                        .withDevice(DevicePolicy.require(Device.CPU))
                        .withBackend("scalar")
                        .withScheduling(scheduling));
    }

    private static final long SMALL = 2_000_000;
    private static final GenerationOptions FEW =
            GenerationOptions.greedy().withMaxTokens(6).withIgnoreEndOfGeneration(true);

    private static List<Integer> ids(Generation generation) {
        List<Integer> ids = new ArrayList<>();
        generation.forEachRemaining(token -> ids.add(token.id()));
        return ids;
    }

    @Test
    void aSecondCallComputesOnlyTheLastToken() throws Exception {
        try (Model model = load(Scheduling.defaults())) {
            int[] prompt = new Random(1).ints(90, 0, 500).toArray();
            List<Integer> first = ids(model.complete(prompt, FEW));
            Generation second = model.complete(prompt, FEW);
            assertThat(ids(second)).isEqualTo(first);
            assertThat(second.finish().usage().cachedTokens()).isEqualTo(89);
            int[] longer = Arrays.copyOf(prompt, 93);
            for (int i = 0; i < 3; i++) {
                longer[90 + i] = first.get(i);
            }
            assertThat(model.complete(longer, FEW).finish().usage().cachedTokens())
                    .as("the answer as well")
                    .isEqualTo(92);
            assertThat(model.stats().cachedBytes())
                    .isPositive()
                    .isEqualTo(model.stats().kvBytes());
        }
    }

    @Test
    void aTextBeyondTheBudgetIsRefusedAndTheModelGoesOn() throws Exception {
        int[] few = new Random(2).ints(40, 0, 500).toArray();
        int[] many = new Random(3).ints(150, 0, 500).toArray();
        long page;
        List<Integer> expected;
        try (Model model = load(Scheduling.defaults().withPromptCache(0))) {
            expected = ids(model.complete(few, FEW));
            try (Generation one = model.complete(few, FEW)) {
                one.next();
                page = model.stats().kvBytes();
            }
        }
        try (Model model = load(Scheduling.defaults().withPromptCache(0).withKvBudget(2 * page))) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> ids(model.complete(many, FEW))).isInstanceOf(CapacityException.class);
                assertThat(ids(model.complete(few, FEW))).isEqualTo(expected);
                assertThat(model.stats().kvBytes()).as("nothing is left").isZero();
            }
        }
    }

    @Test
    void aSessionBeginsWithWhatAnotherComputed() throws Exception {
        try (Model model = load(Scheduling.defaults());
                ChatSession one = model.chat();
                ChatSession two = model.chat()) {
            String answer = one.send("What is 27 + 48?", FEW);
            try (Generation again = two.stream("What is 27 + 48?", FEW)) {
                Completion completion = again.finish();
                assertThat(completion.text()).isEqualTo(answer);
                assertThat(completion.usage().cachedTokens())
                        .isEqualTo(completion.usage().promptTokens() - 1);
            }
            try (Generation stateless = model.generate(
                    List.of(Message.user("What is 27 + 48?"), Message.assistant("75"), Message.user("And 1 + 1?")),
                    FEW)) {
                assertThat(stateless.finish().usage().cachedTokens()).isGreaterThan(5);
            }
        }
    }

    /** Random texts that share beginnings, with budgets that drop and refuse, are answered as without a cache. */
    @Test
    void theAnswersAreThoseWithoutACache() throws Exception {
        try (Model plain = load(Scheduling.defaults().withPromptCache(0));
                Model small = load(Scheduling.defaults().withPromptCache(SMALL));
                Model cached = load(Scheduling.defaults())) {
            Random random = new Random(7);
            int[] stem = random.ints(150, 0, 500).toArray();
            long hits = 0;
            for (int round = 0; round < 12; round++) {
                int shared = random.nextInt(stem.length);
                int[] prompt = Arrays.copyOf(stem, shared + 1 + random.nextInt(20));
                for (int i = shared; i < prompt.length; i++) {
                    prompt[i] = random.nextInt(4);
                }
                GenerationOptions options = FEW.withTemperature(round % 2).withSeed(round);
                List<Integer> expected = ids(plain.complete(prompt, options));
                for (Model model : List.of(small, cached)) {
                    Generation generation = model.complete(prompt, options);
                    assertThat(ids(generation)).isEqualTo(expected);
                    hits += generation.finish().usage().cachedTokens();
                }
            }
            assertThat(hits).isGreaterThan(500);
            assertThat(plain.stats().cachedTokens()).isZero();
            assertThat(plain.stats().kvBytes()).isZero();
            assertThat(small.stats().cachedBytes()).isLessThanOrEqualTo(SMALL);
        }
    }

    @Test
    void manyAtOnceShareIt() throws Exception {
        try (Model plain = load(Scheduling.defaults().withPromptCache(0));
                Model cached = load(Scheduling.defaults());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            int[] stem = new Random(9).ints(70, 0, 500).toArray();
            List<Future<List<Integer>>> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                int[] prompt = Arrays.copyOf(stem, 71);
                prompt[70] = i % 3;
                answers.add(threads.submit(() -> ids(cached.complete(prompt, FEW))));
            }
            for (int i = 0; i < 8; i++) {
                int[] prompt = Arrays.copyOf(stem, 71);
                prompt[70] = i % 3;
                assertThat(answers.get(i).get()).isEqualTo(ids(plain.complete(prompt, FEW)));
            }
        }
    }
}
