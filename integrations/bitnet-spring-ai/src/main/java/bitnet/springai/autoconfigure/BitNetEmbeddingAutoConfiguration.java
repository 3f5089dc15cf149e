package bitnet.springai.autoconfigure;

import bitnet.EmbeddingModel;
import bitnet.springai.BitNetEmbeddingModel;
import io.micrometer.observation.ObservationRegistry;
import java.util.Objects;
import org.springframework.ai.embedding.observation.DefaultEmbeddingModelObservationConvention;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationConvention;
import org.springframework.ai.model.SpringAIModelProperties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** An embedding model over the one that the properties name, or that the application has. */
@AutoConfiguration(after = BitNetAutoConfiguration.class)
@ConditionalOnProperty(name = SpringAIModelProperties.EMBEDDING_MODEL, havingValue = "bitnet", matchIfMissing = true)
@EnableConfigurationProperties({BitNetProperties.class, BitNetEmbeddingProperties.class})
public class BitNetEmbeddingAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnProperty("spring.ai.bitnet.embedding.model")
    EmbeddingModel bitnetEmbeddings(BitNetProperties loading, BitNetEmbeddingProperties properties) {
        // the context of the language model is not that of this one
        return EmbeddingModel.load(
                Objects.requireNonNull(properties.model()),
                loading.loadOptions().withContextLength(0));
    }

    @Bean
    @ConditionalOnBean(EmbeddingModel.class)
    @ConditionalOnMissingBean
    BitNetEmbeddingModel bitnetEmbeddingModel(
            EmbeddingModel model,
            BitNetEmbeddingProperties properties,
            ObjectProvider<ObservationRegistry> registry,
            ObjectProvider<EmbeddingModelObservationConvention> convention) {
        return new BitNetEmbeddingModel(
                model,
                properties.options(),
                registry.getIfUnique(() -> ObservationRegistry.NOOP),
                convention.getIfAvailable(DefaultEmbeddingModelObservationConvention::new));
    }
}
