package bitnet.langchain4j;

import bitnet.Completion;
import bitnet.Generation;
import bitnet.Model;
import bitnet.ReplyReader;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.List;
import java.util.Set;

/**
 * Answers whole. Tools, JSON schemas, penalties, usage and reasons to end are LangChain4j's; a form that is asked for is kept token by
 * token, so that whatever comes parses. Thread-safe. The model stays its owner's, who closes it after the last answer.
 */
public final class BitNetChatModel implements ChatModel {
    private final ModelSettings settings;

    /** With {@link ModelSettings#of}. */
    public BitNetChatModel(Model model) {
        this(ModelSettings.of(model));
    }

    public BitNetChatModel(ModelSettings settings) {
        this.settings = settings;
    }

    /**
     * {@inheritDoc}
     *
     * @throws dev.langchain4j.exception.UnsupportedFeatureException if the request has content that is not text
     * @throws bitnet.BitNetException as {@link Model#generate} does
     */
    @Override
    public ChatResponse doChat(ChatRequest chat) {
        BitNetRequest request = settings.request(chat);
        try (Generation generation = request.generate(settings.model())) {
            Completion completion = generation.finish();
            ReplyReader reader = request.reader(settings.model());
            Answer answer = new Answer();
            answer.add(reader.next(completion.text()));
            answer.add(reader.finish());
            return answer.response(completion, settings.name(chat));
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
