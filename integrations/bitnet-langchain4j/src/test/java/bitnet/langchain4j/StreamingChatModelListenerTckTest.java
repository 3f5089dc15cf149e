package bitnet.langchain4j;

import bitnet.ContextOverflowException;
import bitnet.LoadOptions;
import bitnet.Model;
import bitnet.demo.DemoModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelListenerIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** LangChain4j's tests of what listeners of a {@link StreamingChatModel} are told. The model that fails has no room for the question. */
class StreamingChatModelListenerTckTest extends AbstractStreamingChatModelListenerIT {
    private static Model small;

    @BeforeAll
    static void load() {
        small = Model.load(DemoModel.file(), LoadOptions.defaults().withContextLength(8));
    }

    @AfterAll
    static void close() {
        small.close();
    }

    @Override
    protected StreamingChatModel createModel(ChatModelListener listener) {
        return new BitNetStreamingChatModel(Known.settings()
                .withParameters(ChatRequestParameters.builder()
                        .modelName(modelName())
                        .temperature(temperature())
                        .topP(topP())
                        .maxOutputTokens(maxTokens())
                        .build())
                .withListeners(List.of(listener)));
    }

    @Override
    protected String modelName() {
        return "demo";
    }

    @Override
    protected StreamingChatModel createFailingModel(ChatModelListener listener) {
        return new BitNetStreamingChatModel(ModelSettings.of(small).withListeners(List.of(listener)));
    }

    @Override
    protected Class<? extends Exception> expectedExceptionClass() {
        return ContextOverflowException.class;
    }
}
