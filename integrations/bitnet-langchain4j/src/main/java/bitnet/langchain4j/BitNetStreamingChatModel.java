package bitnet.langchain4j;

import bitnet.Generation;
import bitnet.Model;
import bitnet.Reply;
import bitnet.ReplyReader;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialThinkingContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.List;
import java.util.Set;

/**
 * Answers as they are written, on a virtual thread for each. A handler that cancels hears nothing more. Thread-safe. The model stays
 * its owner's, who closes it after the last answer.
 */
public final class BitNetStreamingChatModel implements StreamingChatModel {
    private final ModelSettings settings;

    /** With {@link ModelSettings#of}. */
    public BitNetStreamingChatModel(Model model) {
        this(ModelSettings.of(model));
    }

    public BitNetStreamingChatModel(ModelSettings settings) {
        this.settings = settings;
    }

    /**
     * {@inheritDoc}
     *
     * @throws dev.langchain4j.exception.UnsupportedFeatureException if the request has content that is not text; whatever else fails is
     *     told to the handler
     */
    @Override
    public void doChat(ChatRequest chat, StreamingChatResponseHandler handler) {
        BitNetRequest request = settings.request(chat);
        Thread.ofVirtual().name("bitnet-langchain4j").start(() -> stream(chat, request, handler));
    }

    private void stream(ChatRequest chat, BitNetRequest request, StreamingChatResponseHandler handler) {
        Generation generation;
        try {
            generation = request.generate(settings.model());
        } catch (RuntimeException e) {
            fail(handler, e);
            return;
        }
        try (generation) {
            var told = new Told(handler, generation);
            ReplyReader reader = request.reader(settings.model());
            Answer answer = new Answer();
            while (generation.hasNext()) {
                told.tell(answer, reader.next(generation.next().text()));
            }
            if (!generation.isCancelled()) {
                told.tell(answer, reader.finish());
                told.safely(
                        () -> handler.onCompleteResponse(answer.response(generation.finish(), settings.name(chat))));
            }
        } catch (RuntimeException | Error e) {
            if (!generation.isCancelled()) {
                fail(handler, e);
            }
        }
    }

    @SuppressWarnings("EmptyCatch") // there is nobody left to tell
    private static void fail(StreamingChatResponseHandler handler, Throwable failure) {
        try {
            handler.onError(failure);
        } catch (RuntimeException | Error e) {
            // a handler that fails while it hears of a failure
        }
    }

    /** A handler, whose own failures are told to it and end nothing. */
    private record Told(StreamingChatResponseHandler handler, Generation generation) implements StreamingHandle {
        void tell(Answer answer, Reply reply) {
            if (!reply.reasoning().isEmpty()) {
                safely(() -> handler.onPartialThinking(
                        new PartialThinking(reply.reasoning()), new PartialThinkingContext(this)));
            }
            if (!reply.text().isEmpty()) {
                safely(() ->
                        handler.onPartialResponse(new PartialResponse(reply.text()), new PartialResponseContext(this)));
            }
            int index = answer.calls();
            for (ToolExecutionRequest call : answer.add(reply)) {
                int at = index++;
                safely(() -> handler.onCompleteToolCall(new CompleteToolCall(at, call)));
            }
        }

        void safely(Runnable call) {
            if (isCancelled()) {
                return;
            }
            try {
                call.run();
            } catch (RuntimeException | Error e) {
                if (!isCancelled()) {
                    fail(handler, e);
                }
            }
        }

        @Override
        public void cancel() {
            generation.cancel();
        }

        @Override
        public boolean isCancelled() {
            return generation.isCancelled();
        }
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return settings.parameters();
    }

    @Override
    public List<ChatModelListener> listeners() {
        return settings.listeners();
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
    }

    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }
}
