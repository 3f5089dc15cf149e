package bitnet.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelIT;
import dev.langchain4j.model.chat.common.ChatResponseAndStreamingMetadata;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.output.FinishReason;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * LangChain4j's tests of every {@link ChatModel}, with the demo model, which {@link Known} helps where it has to call a tool or to write
 * JSON of a schema. They are off where the answer takes knowledge that it does not have and no schema can give: translation, memory of
 * a colour, a text about a tool's result, several calls at once, the choice between two tools, and JSON without a schema. Images are
 * declared as not supported. {@code AbstractAiServiceIT} and its kin of {@code langchain4j} take such knowledge throughout;
 * {@link BitNetChatModelTest} has services of its own instead.
 */
class ChatModelTckTest extends AbstractChatModelIT {
    @Override
    protected List<ChatModel> models() {
        return List.of(new BitNetChatModel(Known.settings()));
    }

    @Override
    protected ChatResponseAndStreamingMetadata chat(ChatModel model, ChatRequest request) {
        return super.chat(model, Known.of(request));
    }

    @Override
    protected ChatModel createModelWith(ChatRequestParameters parameters) {
        return new BitNetChatModel(Known.settings().withParameters(parameters));
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
    protected void should_respect_stopSequences_in_chat_request(ChatModel model) {
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

    private void stops(ChatModel model, ChatRequestParameters parameters) {
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
    protected void should_respect_system_message(ChatModel model) {}

    @Override
    protected void should_respect_multiple_messages(ChatModel model) {}

    @Override
    protected void should_execute_a_tool_then_answer(ChatModel model) {}

    @Override
    protected void should_execute_a_tool_without_arguments_then_answer(ChatModel model) {}

    @Override
    protected void should_execute_multiple_tools_in_parallel_then_answer(ChatModel model) {}

    @Override
    protected void should_respect_JSON_response_format(ChatModel model) {}
}
