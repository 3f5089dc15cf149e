package bitnet.springai.autoconfigure;

import bitnet.Model;
import bitnet.springai.BitNetChatModel;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.ai.chat.observation.DefaultChatModelObservationConvention;
import org.springframework.ai.model.SpringAIModelProperties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** A chat model over the language model that there is. */
@AutoConfiguration(after = BitNetAutoConfiguration.class)
@ConditionalOnBean(Model.class)
@ConditionalOnProperty(name = SpringAIModelProperties.CHAT_MODEL, havingValue = "bitnet", matchIfMissing = true)
@EnableConfigurationProperties(BitNetChatProperties.class)
public class BitNetChatAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    BitNetChatModel bitnetChatModel(
            Model model,
            BitNetChatProperties properties,
            ObjectProvider<ObservationRegistry> registry,
            ObjectProvider<ChatModelObservationConvention> convention) {
        return new BitNetChatModel(
                model,
                properties.options(),
                registry.getIfUnique(() -> ObservationRegistry.NOOP),
                convention.getIfAvailable(DefaultChatModelObservationConvention::new));
    }
}
