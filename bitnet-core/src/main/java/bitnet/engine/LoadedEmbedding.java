package bitnet.engine;

import bitnet.BackendFailureException;
import bitnet.ContextOverflowException;
import bitnet.Embedding;
import bitnet.EmbeddingModel;
import bitnet.EmbeddingOptions;
import bitnet.ModelInfo;
import bitnet.ModelStats;
import bitnet.PoolingType;
import bitnet.model.Pooling;
import bitnet.model.Prompts;
import bitnet.scalar.Sum256;
import bitnet.tokenizer.PromptText;
import bitnet.tokenizer.TokenizerSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** An embedding model: texts become tokens, tokens become vectors by the scheduler that generations have, and those are pooled. */
final class LoadedEmbedding implements EmbeddingModel {
    /** Texts are computed together up to so many steps of rows: few steps are not full then, and few texts are in memory. */
    private static final int STEPS = 2;

    private final LoadedModel model;
    private final Pooling pooling;
    private final Prompts prompts;
    private final int width;

    /**
     * @param model owned from now on
     * @param pooling what its files say
     * @param prompts what its files say
     * @param width its dimensions
     */
    LoadedEmbedding(LoadedModel model, Pooling pooling, Prompts prompts, int width) {
        this.model = model;
        this.pooling = pooling;
        this.prompts = prompts;
        this.width = width;
    }

    @Override
    public ModelInfo info() {
        return model.info();
    }

    @Override
    public int dimensions() {
        return width;
    }

    @Override
    public PoolingType pooling() {
        return pooling.type();
    }

    @Override
    public boolean isNormalized() {
        return pooling.normalized();
    }

    @Override
    public Map<String, String> prompts() {
        return prompts.texts();
    }

    @Override
    public ModelStats stats() {
        return model.stats();
    }

    /** @param prompt tokens of it that are those of a prompt, or stand in front of it */
    private record Text(int[] tokens, boolean truncated, int prompt) {}

    @Override
    public int[] tokens(String text, EmbeddingOptions options) {
        return text(text, options).tokens();
    }

    private Text text(String text, EmbeddingOptions options) {
        model.requireOpen();
        TokenizerSpec spec = model.tokenizer().spec();
        int room = model.contextLength() - (spec.addBos() ? 1 : 0) - (spec.addEos() ? 1 : 0);
        int[] tokens = model.tokenizer()
                .encode(
                        PromptText.user(prompt(options) + text),
                        _ -> false,
                        options.truncation() ? Integer.MAX_VALUE : Math.max(0, room));
        boolean truncated = tokens.length > room;
        int[] kept = truncated ? cut(tokens, Math.max(0, room), model.contextLength() - room, options) : tokens;
        return new Text(spec.withEnds(kept), truncated, unpooled(options));
    }

    /** The first tokens of a text that is too long. */
    private int[] cut(int[] tokens, int room, int ends, EmbeddingOptions options) {
        if (!options.truncation()) {
            throw new ContextOverflowException(tokens.length + ends, model.contextLength());
        }
        return Arrays.copyOf(tokens, room);
    }

    /** As sentence-transformers counts them: the prompt's tokens by itself, and the token of the beginning. */
    private int unpooled(EmbeddingOptions options) {
        String prompt = prompt(options);
        if (pooling.includesPrompt() || prompt.isEmpty()) {
            return 0;
        }
        int[] tokens = model.tokenizer().encode(PromptText.user(prompt), _ -> false, Integer.MAX_VALUE);
        return tokens.length + (model.tokenizer().spec().addBos() ? 1 : 0);
    }

    private String prompt(EmbeddingOptions options) {
        if (options.prompt() != null) {
            return options.prompt();
        }
        @Nullable String name = options.promptName() == null ? prompts.defaultName() : options.promptName();
        if (name == null) {
            return "";
        }
        @Nullable String prompt = prompts.texts().get(name);
        if (prompt == null) {
            throw new IllegalArgumentException("the model has no prompt " + name + "; it has "
                    + prompts.texts().keySet());
        }
        return prompt;
    }

    @Override
    public List<Embedding> embed(List<String> texts, EmbeddingOptions options) {
        List<Text> all = new ArrayList<>(texts.size());
        for (String text : texts) {
            if (Thread.currentThread().isInterrupted() || options.cancellation().isCancelled()) {
                throw new CancellationException("cancelled");
            }
            all.add(text(text, options));
        }
        return compute(all, options);
    }

    @Override
    public List<Embedding> embedTokens(List<int[]> texts, EmbeddingOptions options) {
        model.requireOpen();
        List<Text> all = new ArrayList<>(texts.size());
        for (int[] tokens : texts) {
            model.requireTokens(tokens);
            all.add(
                    tokens.length <= model.contextLength()
                            ? new Text(tokens.clone(), false, 0)
                            : new Text(cut(tokens, model.contextLength(), 0, options), true, 0));
        }
        return compute(all, options);
    }

    private List<Embedding> compute(List<Text> texts, EmbeddingOptions options) {
        if (options.dimensions() > width) {
            throw new IllegalArgumentException(
                    "dimensions is " + options.dimensions() + ", but the model has " + width);
        }
        for (int i = 0; i < texts.size(); i++) {
            if (texts.get(i).tokens().length == 0) {
                throw new IllegalArgumentException("text " + i + " has no tokens");
            }
        }
        var interrupted = new AtomicBoolean();
        Request request = model.begin(
                () -> interrupted.get() || options.cancellation().isCancelled(),
                new Deadline(null),
                () -> interrupted.set(true));
        try {
            return compute(texts, options, request);
        } catch (CancellationException e) {
            throw model.isClosed() ? new IllegalStateException("the model was closed while it computed", e) : e;
        } finally {
            model.end(request);
            if (interrupted.get()) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private List<Embedding> compute(List<Text> texts, EmbeddingOptions options, Request request) {
        PoolingType type = options.pooling() == null ? pooling.type() : options.pooling();
        int maxRows = STEPS * model.prefillChunk();
        var vectors = new TextVectors(model, request, type, width, maxRows);
        @Nullable Embedding[] embeddings = new @Nullable Embedding[texts.size()];
        // The longest first: what does not fit into memory shows at once.
        int[] order = IntStream.range(0, texts.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> -texts.get(i).tokens().length))
                .mapToInt(i -> i)
                .toArray();
        for (int from = 0; from < order.length; ) {
            int to = from;
            int rows = 0;
            while (to < order.length
                    && (to == from || rows + texts.get(order[to]).tokens().length <= maxRows)) {
                rows += texts.get(order[to++]).tokens().length;
            }
            int[] together = Arrays.copyOfRange(order, from, to);
            List<float[]> pooled = vectors.of(IntStream.of(together)
                    .mapToObj(texts::get)
                    .map(text -> new TextVectors.Text(text.tokens(), Math.min(text.prompt(), text.tokens().length - 1)))
                    .toList());
            for (int i = 0; i < together.length; i++) {
                Text text = texts.get(together[i]);
                model.countPrompt(text.tokens().length, 0);
                embeddings[together[i]] =
                        new Embedding(finished(pooled.get(i), options), text.tokens().length, text.truncated());
            }
            from = to;
        }
        return Arrays.stream(embeddings).map(Objects::requireNonNull).toList();
    }

    /** Cut and normalised, if wanted. */
    private float[] finished(float[] pooled, EmbeddingOptions options) {
        float[] vector = options.dimensions() == 0 ? pooled : Arrays.copyOf(pooled, options.dimensions());
        for (float value : vector) {
            if (!Float.isFinite(value)) {
                throw new BackendFailureException("the vector of a text has an element that is " + value);
            }
        }
        boolean normalized = options.normalized() == null ? pooling.normalized() : options.normalized();
        return normalized ? normalized(vector) : vector;
    }

    private static float[] normalized(float[] vector) {
        float length = (float) Math.sqrt(Sum256.dot(vector, 0, vector, 0, vector.length, new float[Sum256.LANES]));
        if (length > 0) {
            for (int i = 0; i < vector.length; i++) {
                vector[i] /= length;
            }
        }
        return vector;
    }

    @Override
    public void close() {
        model.close();
    }
}
