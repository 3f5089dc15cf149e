package bitnet.springai.autoconfigure;

import bitnet.Model;
import java.util.Objects;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** Loads the model that the properties name, unless the application has one, and closes it in the end. */
@AutoConfiguration
@EnableConfigurationProperties(BitNetProperties.class)
public class BitNetAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnProperty("spring.ai.bitnet.model")
    Model bitnetModel(BitNetProperties properties) {
        return Model.load(Objects.requireNonNull(properties.model()), properties.loadOptions());
    }

    @Bean
    @ConditionalOnBean(Model.class)
    GenerationDrain bitnetGenerationDrain(Model model) {
        return new GenerationDrain(model);
    }
}
