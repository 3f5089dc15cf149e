package bitnet;

import bitnet.engine.Loader;
import bitnet.model.ModelFile;
import java.nio.file.Path;
import java.util.List;

/**
 * A loaded model. Thread-safe: share one. Generations run side by side and take turns on the device.
 *
 * <p>Every method but {@link #info()} and {@link #close()} throws {@link IllegalStateException} once the model is closed.
 */
public interface Model extends AutoCloseable {
    /** As {@link #load(Path, LoadOptions)} with {@link LoadOptions#defaults()}. */
    static Model load(Path path) {
        return load(path, LoadOptions.defaults());
    }

    /**
     * Loads a GGUF file or a Hugging Face directory and makes it ready on the best device that the policy allows.
     *
     * @param path the file, or the directory with {@code config.json}
     * @throws ModelFormatException if the file is damaged or missing, or is not a model
     * @throws ModelUnsupportedException if bitnet does not run such models
     * @throws DeviceUnavailableException if no backend that the policy allows can run it
     * @throws IllegalArgumentException if an option does not suit the model, such as a context longer than it has
     * @throws java.util.concurrent.CancellationException if the options' cancellation asked for it
     */
    static Model load(Path path, LoadOptions options) {
        return Loader.load(path, options);
    }

    /**
     * Opens a model's files without loading it: to look at its configuration, vocabulary and tensors. The caller closes it.
     *
     * @throws ModelFormatException if the file is damaged or missing, or is not a model
     * @throws ModelUnsupportedException if bitnet does not run such models
     */
    static ModelFile open(Path path) {
        return open(path, LoadOptions.defaults());
    }

    /** As {@link #open(Path)}; of the options only the {@link LoadOptions#i2sLayout()} matters. */
    static ModelFile open(Path path, LoadOptions options) {
        return Loader.open(path, options);
    }

    /** What was loaded, where it runs, and why there. */
    ModelInfo info();

    /**
     * Says for display which processors of the device run how much of the model, such as the Neural Engine and the CPU.
     * Empty where there is nothing to choose. May take seconds.
     *
     * @throws BackendFailureException if the device failed, or the logits are not numbers
     */
    default String residency() {
        return "";
    }

    /** What the model does now and has done so far. Any thread may ask at any time; it waits for no computation. */
    ModelStats stats();

    /** The sampling that the model's files recommend, over {@link GenerationOptions#defaults()}. */
    GenerationOptions defaultOptions();

    /** A new conversation with {@link ChatOptions#defaults()}. */
    default ChatSession chat() {
        return chat(ChatOptions.defaults());
    }

    /**
     * A new conversation.
     *
     * @throws ModelUnsupportedException if the model has no chat format
     */
    ChatSession chat(ChatOptions options);

    /** As {@link #restore(Path, ChatOptions)} with {@link ChatOptions#defaults()}. */
    default ChatSession restore(Path file) {
        return restore(file, ChatOptions.defaults());
    }

    /**
     * Continues a conversation that {@link ChatSession#save} wrote with the same model, whatever file or format the model has
     * now. Nothing is computed again where the type of the KV cache is the same and the backend can store keys and values; else
     * all of it is, with the next answer, which is the same either way.
     *
     * @param options how the session behaves; system message and history are the file's
     * @throws IllegalArgumentException if the options have a system message or a history
     * @throws ModelFormatException if the file is missing or damaged, or was saved of another model
     * @throws ModelUnsupportedException if the model has no chat format
     * @throws CapacityException if there is no memory for the keys and values
     */
    ChatSession restore(Path file, ChatOptions options);

    /**
     * Answers a conversation in the model's chat format, without a session.
     *
     * @param messages the conversation so far, in an order that the model's template accepts. If the last message is the
     *     assistant's, the answer continues it
     * @throws IllegalArgumentException if there are no messages, or the system is last
     * @throws ContextOverflowException if the messages do not fit into the context
     * @throws ChatTemplateException if the model's template refuses the conversation
     * @throws ModelUnsupportedException if the model has no chat format
     */
    default Generation generate(List<Message> messages, GenerationOptions options) {
        return generate(messages, PromptOptions.defaults(), options);
    }

    /** As {@link #generate(List, GenerationOptions)}, with tools and other things that the template is told. */
    Generation generate(List<Message> messages, PromptOptions prompt, GenerationOptions options);

    /**
     * Continues a text as it stands. It gets the begin-of-text token where the model wants one; control tokens that it
     * spells are text.
     *
     * @throws IllegalArgumentException if the prompt is empty and the model wants no begin-of-text token
     * @throws ContextOverflowException if the prompt does not fit into the context
     */
    Generation complete(String prompt, GenerationOptions options);

    /**
     * Continues exactly these tokens.
     *
     * @throws IllegalArgumentException if there are none, or one is not in the vocabulary
     * @throws ContextOverflowException if they do not fit into the context
     */
    Generation complete(int[] prompt, GenerationOptions options);

    /** The tokens of a text, as {@link #complete(String, GenerationOptions)} continues them. */
    int[] tokens(String text);

    /**
     * The tokens that {@link #generate(List, GenerationOptions)} makes of a conversation.
     *
     * @throws IllegalArgumentException as {@link #generate(List, GenerationOptions)}
     * @throws ChatTemplateException if the model's template refuses the conversation
     * @throws ModelUnsupportedException if the model has no chat format
     */
    default int[] tokens(List<Message> messages) {
        return tokens(messages, PromptOptions.defaults());
    }

    /** As {@link #tokens(List)}, with tools and other things that the template is told. */
    int[] tokens(List<Message> messages, PromptOptions prompt);

    /**
     * Takes apart what a model wrote: reasoning between {@code <think>} and {@code </think>}, calls of tools as ChatML and Hermes models
     * write them ({@code <tool_call>} with JSON), Qwen's later ones ({@code <function=...>}) and Llama 3 (JSON alone). What does
     * not read as a call is text.
     */
    Reply reply(String answer);

    /**
     * Takes the answer of {@link #generate(List, PromptOptions, GenerationOptions)} with the same arguments apart while it is generated.
     * Calls of tools are read if the prompt has tools; else what looks like one is text. An answer whose constraint is a JSON schema is
     * text, and one whose constraint is about tools is a call of one of these or text.
     *
     * @throws IllegalArgumentException as {@link #generate(List, GenerationOptions)}
     * @throws ChatTemplateException if the model's template refuses the conversation
     * @throws ModelUnsupportedException if the model has no chat format
     */
    ReplyReader replyReader(List<Message> messages, PromptOptions prompt, GenerationOptions options);

    /**
     * The text of tokens. Control tokens are left out, but for marks of reasoning and calls of tools, such as {@code <tool_call>}.
     * Invalid UTF-8 becomes U+FFFD.
     */
    String text(int[] tokens);

    /**
     * Computes the logits of every position of a text, for perplexity and for comparisons. They are handed over as they are
     * computed, so memory does not grow with the text beyond the KV cache.
     *
     * @param tokens the text; begin-of-text token included where the model wants one
     * @throws IllegalArgumentException if there are none, or one is not in the vocabulary
     * @throws ContextOverflowException if they do not fit into the context
     * @throws BackendFailureException if the device failed, or the logits are not numbers
     */
    void evaluate(int[] tokens, LogitsConsumer consumer);

    /**
     * Ends all generations and frees the model. Waits for a computation under way; generations and sessions used afterwards
     * throw {@link IllegalStateException}. Idempotent; any thread may call it at any time.
     */
    @Override
    void close();
}
