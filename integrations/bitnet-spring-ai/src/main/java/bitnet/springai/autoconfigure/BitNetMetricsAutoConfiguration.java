package bitnet.springai.autoconfigure;

import bitnet.Model;
import bitnet.springai.BitNetMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The model's meters, where Micrometer is. */
@AutoConfiguration(after = BitNetAutoConfiguration.class)
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(Model.class)
public class BitNetMetricsAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    BitNetMetrics bitnetMetrics(Model model) {
        return new BitNetMetrics(model);
    }
}
