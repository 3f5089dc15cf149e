package bitnet.springai.autoconfigure;

import bitnet.springai.BitNetChatOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * How to answer where a prompt does not say. What is not set is as the model recommends.
 *
 * @param model the name in responses and observations; the model's own if it is not set
 * @param temperature 0 for the best token each time, up to 100
 * @param topK choose among this many best tokens; 0 for all
 * @param topP choose among the best tokens that together have this probability
 * @param minP leave out tokens less probable than this times the best
 * @param maxTokens most tokens of an answer
 * @param frequencyPenalty taken off a token's logit for each time that it occurs in the answer; from -2 to 2
 * @param presencePenalty taken off the logit of each token that occurs in the answer; from -2 to 2
 * @param repeatPenalty logits of recent tokens are divided by it; 1 for none
 * @param seed of the random numbers; each answer has its own if it is not set
 * @param stopSequences texts that end an answer and are not part of it
 */
@ConfigurationProperties("spring.ai.bitnet.chat")
public record BitNetChatProperties(
        @Nullable String model,
        @Nullable Double temperature,
        @Nullable Integer topK,
        @Nullable Double topP,
        @Nullable Double minP,
        @Nullable Integer maxTokens,
        @Nullable Double frequencyPenalty,
        @Nullable Double presencePenalty,
        @Nullable Double repeatPenalty,
        @Nullable Long seed,
        @Nullable List<String> stopSequences) {
    BitNetChatOptions options() {
        return BitNetChatOptions.builder()
                .model(model)
                .temperature(temperature)
                .topK(topK)
                .topP(topP)
                .minP(minP)
                .maxTokens(maxTokens)
                .frequencyPenalty(frequencyPenalty)
                .presencePenalty(presencePenalty)
                .repeatPenalty(repeatPenalty)
                .seed(seed)
                .stopSequences(stopSequences)
                .build();
    }
}
