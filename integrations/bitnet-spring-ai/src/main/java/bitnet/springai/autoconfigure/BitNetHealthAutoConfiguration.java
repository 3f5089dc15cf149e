package bitnet.springai.autoconfigure;

import bitnet.Model;
import bitnet.springai.BitNetHealthIndicator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.context.annotation.Bean;

/** The model's health, where the actuator is. {@code management.health.bitnet.enabled} turns it off. */
@AutoConfiguration(after = BitNetAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnEnabledHealthIndicator.class)
@ConditionalOnBean(Model.class)
@ConditionalOnEnabledHealthIndicator("bitnet")
public class BitNetHealthAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    BitNetHealthIndicator bitnetHealthIndicator(Model model) {
        return new BitNetHealthIndicator(model);
    }
}
