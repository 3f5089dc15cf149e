package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.ChatOptions;
import bitnet.ChatSession;
import bitnet.FinishReason;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Message;
import bitnet.Model;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Callers who come and go: with short and long prompts, alone and in conversations with forks, who finish, cancel or close
 * at any time. Each compares what it gets with what is generated alone.
 */
final class Soak {
    /** Answers that were compared. */
    final LongAdder answers = new LongAdder();

    private final Model model;
    private final List<Task> tasks = new ArrayList<>();

    /** A conversation of two turns, and what the model says in it alone. */
    private record Task(String first, String second, GenerationOptions options, String answer, String next) {}

    /** Computes what is said alone. */
    Soak(Model model, List<String> prompts, int tokens) {
        this.model = model;
        for (int i = 0; i < prompts.size(); i++) {
            GenerationOptions options = (i % 2 == 0 ? GenerationOptions.greedy() : GenerationOptions.defaults())
                    .withSeed(i)
                    .withMaxTokens(tokens);
            String second = prompts.get((i + 1) % prompts.size());
            try (ChatSession alone = model.chat(ChatOptions.defaults().withGeneration(options))) {
                tasks.add(new Task(prompts.get(i), second, options, alone.send(prompts.get(i)), alone.send(second)));
            }
        }
    }

    /** Keeps so many callers busy for a time; half of them are virtual threads. */
    void run(int callers, Duration time) throws InterruptedException, ExecutionException {
        long end = System.nanoTime() + time.toNanos();
        try (var virtual = Executors.newVirtualThreadPerTaskExecutor();
                var platform = Executors.newCachedThreadPool()) {
            List<Future<?>> all = new ArrayList<>();
            IntStream.range(0, callers)
                    .forEach(i -> all.add((i % 2 == 0 ? virtual : platform).submit(() -> call(i, end))));
            for (Future<?> caller : all) {
                caller.get();
            }
        }
    }

    private Void call(int caller, long end) throws InterruptedException {
        RandomGenerator random = new SplittableRandom(caller);
        while (System.nanoTime() < end) {
            Task task = tasks.get(random.nextInt(tasks.size()));
            switch (random.nextInt(6)) {
                case 0 -> cancelled(task, random);
                case 1 -> left(task, random);
                case 2 -> conversation(task);
                case 3 -> cancelledByAnother(task, random);
                default -> finished(task);
            }
            answers.increment();
            if (random.nextInt(4) == 0) {
                Thread.sleep(random.nextInt(5));
            }
        }
        return null;
    }

    private Generation generate(Task task) {
        return model.generate(List.of(Message.user(task.first())), task.options());
    }

    private void finished(Task task) {
        try (Generation generation = generate(task)) {
            assertThat(generation.finish().text()).isEqualTo(task.answer());
        }
    }

    private void cancelled(Task task, RandomGenerator random) {
        try (Generation generation = generate(task)) {
            for (int i = random.nextInt(8); i > 0 && generation.hasNext(); i--) {
                generation.next();
            }
            generation.cancel();
            assertThat(task.answer()).startsWith(generation.finish().text());
        }
    }

    private void cancelledByAnother(Task task, RandomGenerator random) throws InterruptedException {
        try (Generation generation = generate(task)) {
            int after = random.nextInt(20);
            Thread other = Thread.ofVirtual().start(() -> {
                try {
                    Thread.sleep(after);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                generation.cancel();
            });
            boolean whole = generation.finish().finishReason() != FinishReason.CANCELLED;
            assertThat(task.answer()).startsWith(generation.text());
            assertThat(generation.text().equals(task.answer()) || !whole).isTrue();
            other.join();
        }
    }

    /** Closed without a word. */
    private void left(Task task, RandomGenerator random) {
        Generation generation = generate(task);
        if (random.nextBoolean() && generation.hasNext()) {
            assertThat(task.answer()).startsWith(generation.next().text());
        }
        generation.close();
    }

    private void conversation(Task task) {
        try (ChatSession chat = model.chat(ChatOptions.defaults().withGeneration(task.options()))) {
            assertThat(chat.send(task.first())).isEqualTo(task.answer());
            try (ChatSession fork = chat.fork();
                    Generation here = chat.stream(task.second())) {
                assertThat(here.hasNext()).isTrue();
                assertThat(fork.send(task.second())).isEqualTo(task.next());
                assertThat(here.finish().text()).isEqualTo(task.next());
            }
        }
    }
}
