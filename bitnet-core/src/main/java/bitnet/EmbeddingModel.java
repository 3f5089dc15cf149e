package bitnet;

import bitnet.engine.Loader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A loaded model that makes vectors of texts. Thread-safe: share one. Calls run side by side and take turns on the device. A text's vector
 * has the same bits whatever else is embedded with it, and on every backend.
 *
 * <p>Every method but {@link #info()} and {@link #close()} throws {@link IllegalStateException} once the model is closed. Text is text:
 * spellings of special tokens in it are not special.
 */
public interface EmbeddingModel extends AutoCloseable {
    /** As {@link #load(Path, LoadOptions)} with {@link LoadOptions#defaults()}. */
    static EmbeddingModel load(Path path) {
        return load(path, LoadOptions.defaults());
    }

    /**
     * Loads a GGUF file or a Hugging Face directory and makes it ready on the best device that the policy allows.
     *
     * @param path the file, or the directory with {@code config.json}
     * @param options of which {@link LoadOptions#kvType()} and {@link LoadOptions#head()} have no effect: keys and values are floats, and
     *     let go of with each text
     * @throws ModelFormatException if the file is damaged or missing, or is not a model
     * @throws ModelUnsupportedException if bitnet does not run such models, or if it is a language model, which {@link Model} loads
     * @throws DeviceUnavailableException if no backend that the policy allows can run it
     * @throws IllegalArgumentException if an option does not suit the model, such as a context longer than it has
     * @throws java.util.concurrent.CancellationException if the options' cancellation asked for it
     */
    static EmbeddingModel load(Path path, LoadOptions options) {
        return Loader.loadEmbedding(path, options);
    }

    /** What was loaded, where it runs, and why there. */
    ModelInfo info();

    /** Dimensions of a whole vector. */
    int dimensions();

    /** How the vectors of a text's tokens become one by default. */
    PoolingType pooling();

    /** Whether vectors have length 1 by default. */
    boolean isNormalized();

    /** What the model's files want in front of texts, by name, such as {@code query}; empty where they say nothing. */
    Map<String, String> prompts();

    /** Tokens and steps so far, and what is under way. */
    ModelStats stats();

    /**
     * The tokens of a text as they are computed: with its prompt, with what the model wants around a text, and cut if that is wanted.
     *
     * @throws IllegalArgumentException if there is no prompt of the name in the options
     * @throws ContextOverflowException if there are more than the context holds, and truncation is not wanted
     */
    int[] tokens(String text, EmbeddingOptions options);

    /** As {@link #embed(String, EmbeddingOptions)} with {@link EmbeddingOptions#defaults()}. */
    default Embedding embed(String text) {
        return embed(text, EmbeddingOptions.defaults());
    }

    /** As {@link #embed(List, EmbeddingOptions)}, for one text. */
    default Embedding embed(String text, EmbeddingOptions options) {
        return embed(List.of(text), options).getFirst();
    }

    /** As {@link #embed(List, EmbeddingOptions)} with {@link EmbeddingOptions#defaults()}. */
    default List<Embedding> embed(List<String> texts) {
        return embed(texts, EmbeddingOptions.defaults());
    }

    /**
     * The vectors of texts, in their order. Any number of texts may be given: they are computed some at a time, texts of similar length
     * together, and beside their tokens and vectors take no more memory than a few.
     *
     * @throws IllegalArgumentException if an option does not suit the model, or a text has no tokens
     * @throws ContextOverflowException if a text is longer than the context, and truncation is not wanted; nothing was computed then
     * @throws BusyException if too many others wait already
     * @throws CapacityException if there is no memory for it now
     * @throws BackendFailureException if the device failed, or a vector is not a number
     * @throws java.util.concurrent.CancellationException if the options' cancellation asked for it, or the thread was interrupted, which stays
     *     pending
     */
    List<Embedding> embed(List<String> texts, EmbeddingOptions options);

    /** As {@link #embedTokens(List, EmbeddingOptions)}, for the tokens of one text. */
    default Embedding embed(int[] tokens, EmbeddingOptions options) {
        return embedTokens(List.of(tokens), options).getFirst();
    }

    /**
     * As {@link #embed(List, EmbeddingOptions)}, for tokens as they are: nothing is put around or in front of them. Truncation keeps the
     * first.
     *
     * @throws IllegalArgumentException if a text has no tokens, or one that is not in the vocabulary
     * @throws ContextOverflowException if a text has more than the context holds, and truncation is not wanted
     */
    List<Embedding> embedTokens(List<int[]> texts, EmbeddingOptions options);

    /** Frees the model; calls under way end with {@link IllegalStateException}. Waits for the step under way. Idempotent. */
    @Override
    void close();
}
