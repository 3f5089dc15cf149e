package bitnet;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A conversation. It keeps its KV cache between turns, so that only the part of a prompt is computed that differs from what was
 * computed before. Sessions of a model are independent of each other. One thread at a time may use a session, except for
 * {@link #close()}, which any thread may call at any time.
 */
public interface ChatSession extends AutoCloseable {
    /**
     * Sends a message of the user and returns the whole answer.
     *
     * @throws ContextOverflowException if the conversation does not fit and the options say to fail
     * @throws ChatTemplateException if the model's template refuses the conversation
     * @throws BackendFailureException if the device failed
     */
    default String send(String text) {
        try (Generation generation = stream(text)) {
            return generation.finish().text();
        }
    }

    /** As {@link #send(String)} with options of its own. */
    default String send(String text, GenerationOptions options) {
        try (Generation generation = stream(text, options)) {
            return generation.finish().text();
        }
    }

    /** As {@link #stream(List)} with one message of the user. */
    default Generation stream(String text) {
        return stream(Message.user(text));
    }

    /** As {@link #stream(List, GenerationOptions)} with one message of the user. */
    default Generation stream(String text, GenerationOptions options) {
        return stream(List.of(Message.user(text)), options);
    }

    /** As {@link #stream(List)} with one message, such as the result of a tool. */
    default Generation stream(Message message) {
        return stream(List.of(message));
    }

    /**
     * Sends messages and returns the answer while it is generated. Messages and answer join the {@link #history()} when the
     * generation ends, as far as it came if it was cancelled; not if it failed, or was cancelled before there was any text.
     * Where the session has tools, calls of them join it apart from the text, and their results are the next messages.
     *
     * @param messages of the user, and results of tools; at least one
     * @throws IllegalArgumentException if there are no messages, or one is not by the user or a tool
     * @throws IllegalStateException if the answer before has not ended: finish or close it first
     * @throws ContextOverflowException if the conversation does not fit and the options say to fail
     * @throws ChatTemplateException if the model's template refuses the conversation
     */
    Generation stream(List<Message> messages);

    /** As {@link #stream(List)} with options of its own. */
    Generation stream(List<Message> messages, GenerationOptions options);

    /** The conversation so far, the system message first if there is one. A copy. */
    List<Message> history();

    /**
     * Saves the conversation with what was computed of it, for {@link Model#restore}. The file replaces one that is there once
     * it is whole. It has the messages in plain text. The first time, the whole model is read, to tell it from others.
     *
     * @throws IllegalStateException if an answer has not ended
     * @throws IOException if the file cannot be written, or something other than a regular file has its name
     */
    void save(Path file) throws IOException;

    /**
     * A second session with the same history and cache, independent of this one from now on.
     *
     * @throws IllegalStateException if an answer has not ended
     */
    ChatSession fork();

    /**
     * Forgets the conversation except for the system message.
     *
     * @throws IllegalStateException if an answer has not ended
     */
    void reset();

    /** Ends the answer under way and frees the cache. Idempotent. */
    @Override
    void close();
}
