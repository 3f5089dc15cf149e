package bitnet.langchain4j;

import bitnet.GenerationOptions;
import bitnet.Model;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import java.util.List;

/**
 * What chat models are made of. Start with {@link #of}.
 *
 * @param model the model, which stays its owner's
 * @param name in responses, unless a request names another
 * @param options how to generate where a request does not say
 * @param parameters of requests that do not have them, such as tools or a form of the answer
 * @param listeners told of each request
 */
public record ModelSettings(
        Model model,
        String name,
        GenerationOptions options,
        ChatRequestParameters parameters,
        List<ChatModelListener> listeners) {
    public ModelSettings {
        listeners = List.copyOf(listeners);
    }

    /** A model by its own name and sampling. */
    public static ModelSettings of(Model model) {
        return new ModelSettings(
                model,
                model.info().name(),
                model.defaultOptions(),
                ChatRequestParameters.builder().build(),
                List.of());
    }

    /** These settings with other {@link #options()}. */
    public ModelSettings withOptions(GenerationOptions changed) {
        return new ModelSettings(model, name, changed, parameters, listeners);
    }

    /** These settings with another {@link #name()}. */
    public ModelSettings withName(String changed) {
        return new ModelSettings(model, changed, options, parameters, listeners);
    }

    /** These settings with other {@link #parameters()}. */
    public ModelSettings withParameters(ChatRequestParameters changed) {
        return new ModelSettings(model, name, options, changed, listeners);
    }

    /** These settings with other {@link #listeners()}. */
    public ModelSettings withListeners(List<ChatModelListener> changed) {
        return new ModelSettings(model, name, options, parameters, changed);
    }

    BitNetRequest request(ChatRequest request) {
        return BitNetRequest.of(request, options);
    }

    String name(ChatRequest request) {
        return request.modelName() == null ? name : request.modelName();
    }
}
