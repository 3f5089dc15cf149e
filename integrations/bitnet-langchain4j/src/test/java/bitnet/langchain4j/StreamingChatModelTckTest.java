package bitnet.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelIT;
import dev.langchain4j.model.chat.common.ChatResponseAndStreamingMetadata;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.output.FinishReason;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * LangChain4j's tests of every {@link StreamingChatModel}, with the demo model and what {@link Known} does for it. What is off is off for
 * the reasons that {@link ChatModelTckTest} gives. A call is told of when it is complete: its arguments are not streamed.
 */
class StreamingChatModelTckTest extends AbstractStreamingChatModelIT {
    @Override
    protected List<StreamingChatModel> models() {
        return List.of(new BitNetStreamingChatModel(Known.settings()));
    }

    @Override
    protected ChatResponseAndStreamingMetadata chat(StreamingChatModel model, ChatRequest request) {
        return super.chat(model, Known.of(request));
    }

    @Override
    protected StreamingChatModel createModelWith(ChatRequestParameters parameters) {
        return new BitNetStreamingChatModel(Known.settings().withParameters(parameters));
    }

    @Override
    protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
        return ChatRequestParameters.builder().maxOutputTokens(maxOutputTokens).build();
    }

    @Override
    protected String customModelName() {
        return "other";
    }

    @ParameterizedTest
    @MethodSource("models")
    @Override
    protected void should_respect_stopSequences_in_chat_request(StreamingChatModel model) {
        stops(model, ChatRequestParameters.builder().stopSequences("=").build());
    }

    @Test
    @Override
    protected void should_respect_stopSequences_in_default_model_parameters() {
        stops(
                createModelWith(
                        ChatRequestParameters.builder().stopSequences("=").build()),
                ChatRequestParameters.builder().build());
    }

    private void stops(StreamingChatModel model, ChatRequestParameters parameters) {
        var response = chat(
                        model,
                        ChatRequest.builder()
                                .messages(UserMessage.from("What is 27 + 48?"))
                                .parameters(parameters)
                                .build())
                .chatResponse();
        assertThat(response.aiMessage().text()).isEqualTo("27 + 48 ");
        assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
    }

    @Override
    public StreamingChatModel createModelWith(ChatModelListener listener) {
        return new BitNetStreamingChatModel(Known.settings().withListeners(List.of(listener)));
    }

    @Override
    protected boolean supportsPartialToolStreaming(StreamingChatModel model) {
        return false;
    }

    @Override
    protected boolean supportsToolChoiceRequiredWithMultipleTools() {
        return false;
    }

    @Override
    protected boolean supportsSingleImageInputAsBase64EncodedString() {
        return false;
    }

    @Override
    protected boolean supportsSingleImageInputAsPublicURL() {
        return false;
    }

    // What follows is off, as the class says.

    @Override
    protected void should_respect_system_message(StreamingChatModel model) {}

    @Override
    protected void should_respect_multiple_messages(StreamingChatModel model) {}

    @Override
    protected void should_execute_a_tool_then_answer(StreamingChatModel model) {}

    @Override
    protected void should_execute_a_tool_without_arguments_then_answer(StreamingChatModel model) {}

    @Override
    protected void should_execute_multiple_tools_in_parallel_then_answer(StreamingChatModel model) {}

    @Override
    protected void should_respect_JSON_response_format(StreamingChatModel model) {}
}
