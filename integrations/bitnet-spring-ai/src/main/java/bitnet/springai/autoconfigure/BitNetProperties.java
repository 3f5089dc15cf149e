package bitnet.springai.autoconfigure;

import bitnet.Device;
import bitnet.DevicePolicy;
import bitnet.LoadOptions;
import bitnet.Scheduling;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the language model is, and how it is loaded.
 *
 * @param model a GGUF file or a Hugging Face directory; without it there is a chat model only if the application has a bean of type
 *     bitnet.Model
 * @param devices those to prefer, in this order; all that there are if empty
 * @param backend id of the only backend allowed, such as cpu-native
 * @param contextLength tokens that a sequence may hold; 0 for the model's own
 * @param threads worker threads of a CPU backend; 0 lets the backend choose
 * @param maxRunning most generations that run; further ones wait
 * @param maxQueued most generations that wait; any more are refused
 */
@ConfigurationProperties("spring.ai.bitnet")
public record BitNetProperties(
        @Nullable Path model,
        @DefaultValue List<Device> devices,
        @Nullable String backend,
        @DefaultValue("0") int contextLength,
        @DefaultValue("0") int threads,
        @Nullable Integer maxRunning,
        @Nullable Integer maxQueued) {
    LoadOptions loadOptions() {
        Scheduling scheduling = Scheduling.defaults();
        if (maxRunning != null) {
            scheduling = scheduling.withMaxRunning(maxRunning);
        }
        if (maxQueued != null) {
            scheduling = scheduling.withMaxQueued(maxQueued);
        }
        return LoadOptions.defaults()
                .withDevice(
                        devices.isEmpty() ? DevicePolicy.auto() : DevicePolicy.prefer(devices.toArray(Device[]::new)))
                .withBackend(backend)
                .withContextLength(contextLength)
                .withThreads(threads)
                .withScheduling(scheduling);
    }
}
