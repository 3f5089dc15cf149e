package bitnet.engine;

import bitnet.BackendFailureException;
import bitnet.BackendReport;
import bitnet.Device;
import bitnet.GenerationOptions;
import bitnet.HeadType;
import bitnet.ModelInfo;
import bitnet.ModelUnsupportedException;
import bitnet.Scheduling;
import bitnet.model.ModelFile;
import bitnet.model.SamplingDefaults;
import bitnet.model.Transformer;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompiledModel;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import bitnet.template.ChatTemplate;
import bitnet.tokenizer.PromptText;
import bitnet.tokenizer.StreamDecoder;
import bitnet.tokenizer.Tokenizer;
import bitnet.tokenizer.TokenizerSpec;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A model that knows the alphabet: a token is a Latin-1 character, after each comes the next one, and after z the end. What
 * it was asked to compute is on record.
 */
final class Alphabet implements CompiledModel {
    static final int END = 0;
    static final int VOCABULARY = 256;

    /** What {@link #forward} does beside computing. */
    interface Hook {
        void forward(Batch batch, Cancellation cancellation);
    }

    /** Sizes of the batches that were computed. */
    final List<Integer> batches = Collections.synchronizedList(new ArrayList<>());
    /** Threads that computed. */
    final Set<Thread> threads = Collections.synchronizedSet(new HashSet<>());
    /** Sequences that are open. */
    final Set<Text> open = Collections.synchronizedSet(new HashSet<>());

    volatile Hook hook = (batch, cancellation) -> {};
    volatile Runnable newSequenceHook = () -> {};
    volatile boolean canFork = true;
    volatile int closes;
    volatile int limit = Integer.MAX_VALUE;
    volatile String residency = "";
    /** What it answers behind the last {@link #ASKED} of a prompt; empty for the alphabet. */
    volatile String answer = "";

    static final char ASKED = 1;
    private Scheduling scheduling = Scheduling.defaults();
    private final int capacity;
    private final ReentrantLock lock = new ReentrantLock(true);
    private BackendFailureException poison;

    Alphabet(int capacity) {
        this.capacity = capacity;
    }

    /** The tokens of the only open sequence, or of one of them, as text. */
    String text(int index) {
        return new Latin1()
                .decode(
                        List.copyOf(open).get(index).tokens.stream()
                                .mapToInt(id -> id)
                                .toArray(),
                        false);
    }

    /** This model behind the API, without a chat format. */
    LoadedModel load(int prefillChunk) {
        return load(prefillChunk, () -> {
            throw new ModelUnsupportedException("alphabet.gguf", "no chat");
        });
    }

    /** This model behind the API with limits, without a chat format. */
    LoadedModel load(int prefillChunk, Scheduling limits) {
        scheduling = limits;
        return load(prefillChunk);
    }

    /** This model behind the API, with a chat template. */
    LoadedModel load(int prefillChunk, String template) {
        var format = new ChatFormat(ChatTemplate.parse(template), new Latin1());
        return load(prefillChunk, () -> format);
    }

    private LoadedModel load(int prefillChunk, Supplier<ChatFormat> format) {
        var info = new ModelInfo(
                "alphabet",
                "alphabet.gguf",
                "test",
                0,
                1,
                VOCABULARY,
                capacity,
                capacity,
                "none",
                HeadType.EXACT,
                Device.CPU,
                "alphabet",
                "none",
                0,
                "none",
                List.<BackendReport>of());
        return new LoadedModel(
                new NoFile(),
                new Placement(this, info, prefillChunk, PrefixCache.NONE),
                new Latin1(),
                format,
                GenerationOptions.greedy(),
                new PlatformThread("alphabet"),
                scheduling,
                (failed, failure, cancellation) -> null);
    }

    @Override
    public Sequence newSequence() {
        newSequenceHook.run();
        var text = new Text();
        open.add(text);
        return text;
    }

    @Override
    public int capacity() {
        return limit;
    }

    @Override
    public String residency() {
        return residency;
    }

    @Override
    public void forward(Batch batch, Cancellation cancellation) {
        lock.lock();
        try {
            if (poison != null) {
                throw poison;
            }
            cancellation.check();
            hook.forward(batch, cancellation);
            for (int i = 0; i < batch.size(); i++) {
                var text = (Text) batch.sequence(i);
                if (batch.position(i) != text.tokens.size() || !open.contains(text)) {
                    throw new IllegalArgumentException("position " + batch.position(i));
                }
                text.tokens.add(batch.token(i));
                if (batch.target(i) != null) {
                    int asked = text.tokens.lastIndexOf((int) ASKED);
                    int said = text.tokens.size() - 1 - asked;
                    int next = answer.isEmpty()
                            ? batch.token(i) == 'z' ? END : batch.token(i) + 1
                            : said < answer.length() ? answer.charAt(said) : END;
                    fill(batch.target(i), next);
                }
            }
            batches.add(batch.size());
            threads.add(Thread.currentThread());
        } catch (BackendFailureException e) {
            poison = e;
            throw e;
        } finally {
            lock.unlock();
        }
    }

    private static void fill(Logits target, int next) {
        float[] scores = new float[VOCABULARY];
        scores[next] = 10;
        target.fill(scores);
    }

    @Override
    public long memoryBytes() {
        return 0;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closes++;
        } finally {
            lock.unlock();
        }
    }

    /** A sequence. */
    final class Text implements Sequence {
        final List<Integer> tokens = new ArrayList<>();

        @Override
        public int length() {
            return tokens.size();
        }

        @Override
        public int capacity() {
            return capacity;
        }

        @Override
        public void truncate(int length) {
            tokens.subList(length, tokens.size()).clear();
        }

        @Override
        public Sequence fork() {
            if (!canFork) {
                throw new UnsupportedOperationException();
            }
            var copy = new Text();
            copy.tokens.addAll(tokens);
            open.add(copy);
            return copy;
        }

        @Override
        public void close() {
            open.remove(this);
        }
    }

    /** Characters as tokens. */
    private static final class Latin1 implements Tokenizer {
        @Override
        public int[] encode(PromptText text, IntPredicate reserved) {
            return text.text().chars().toArray();
        }

        @Override
        public String decode(int[] tokens, boolean withSpecial) {
            var text = new StringBuilder();
            IntStream.of(tokens).filter(id -> id != END).forEach(text::appendCodePoint);
            return text.toString();
        }

        @Override
        public byte[] bytes(int token) {
            return token == END ? new byte[0] : Character.toString(token).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public StreamDecoder stream(boolean continues, boolean withSpecial) {
            return new StreamDecoder() {
                @Override
                public String next(int token) {
                    return decode(new int[] {token}, false);
                }

                @Override
                public String finish() {
                    return "";
                }
            };
        }

        @Override
        public TokenizerSpec spec() {
            return new TokenizerSpec(
                    "alphabet.gguf",
                    TokenizerSpec.Kind.SENTENCEPIECE,
                    IntStream.range(0, VOCABULARY).mapToObj(Character::toString).toList(),
                    Collections.nCopies(VOCABULARY, TokenType.NORMAL),
                    List.of(),
                    new float[VOCABULARY],
                    null,
                    false,
                    -1,
                    END,
                    Set.of(END),
                    false,
                    false);
        }
    }

    /** Nothing on disk. */
    private static final class NoFile implements ModelFile {
        @Override
        public void requireUnchanged() {}

        @Override
        public String source() {
            return "alphabet.gguf";
        }

        @Override
        public String name() {
            return "alphabet";
        }

        @Override
        public Transformer transformer() {
            throw new IllegalStateException();
        }

        @Override
        public TokenizerSpec tokenizer() {
            throw new IllegalStateException();
        }

        @Override
        public Optional<String> chatTemplate() {
            return Optional.empty();
        }

        @Override
        public SamplingDefaults samplingDefaults() {
            return SamplingDefaults.NONE;
        }

        @Override
        public String storage() {
            return "none";
        }

        @Override
        public void close() {}
    }
}
