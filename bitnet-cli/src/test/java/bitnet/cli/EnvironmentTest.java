package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.Device;
import bitnet.DevicePolicy;
import bitnet.LoadOptions;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class EnvironmentTest {
    @Command
    private static final class Probe {
        @Mixin
        private final ModelOptions model = new ModelOptions();
    }

    private static ModelOptions parse(String... args) {
        Probe probe = new Probe();
        new CommandLine(probe).parseArgs(args);
        return probe.model;
    }

    private static Console console(Map<String, String> variables) {
        var nowhere = new Output(OutputStream.nullOutputStream());
        return new Console(
                InputStream.nullInputStream(), nowhere, nowhere, new Environment(variables), new Interruption(), false);
    }

    private static LoadOptions load(Map<String, String> variables, String... args) {
        return parse(args).loadOptions(console(variables));
    }

    @Test
    void modelComesFromTheOptionThenFromTheVariablesInOrder() {
        Map<String, String> all = Map.of("BITNET_MODEL", "a", "BITNET_GGUF", "b", "BITNET_MODEL_PATH", "c");
        assertThat(parse("-m", "z").path(new Environment(all))).contains(Path.of("z"));
        assertThat(parse().path(new Environment(all))).contains(Path.of("a"));
        assertThat(parse().path(new Environment(Map.of("BITNET_GGUF", "b", "BITNET_MODEL_PATH", "c"))))
                .contains(Path.of("b"));
        assertThat(parse().path(new Environment(Map.of("BITNET_MODEL", " ", "BITNET_MODEL_PATH", "c"))))
                .contains(Path.of("c"));
        assertThat(parse().path(new Environment(Map.of()))).isEmpty();
    }

    @Test
    void deviceMayHaveAnIndex() {
        LoadOptions second = load(Map.of(), "--device", "cuda:1");
        assertThat(second.device()).isEqualTo(DevicePolicy.prefer(Device.CUDA));
        assertThat(second.deviceIndex()).isEqualTo(1);
        assertThatThrownBy(() -> load(Map.of("BITNET_DEVICE", "cuda:one")))
                .hasMessageContaining("unknown device 'cuda:one'");
    }

    @Test
    void deviceComesFromTheOptionThenFromTheVariable() {
        assertThat(load(Map.of()).device()).isEqualTo(DevicePolicy.auto());
        assertThat(load(Map.of("BITNET_DEVICE", "cuda")).device()).isEqualTo(DevicePolicy.prefer(Device.CUDA));
        assertThat(load(Map.of("BITNET_DEVICE", "cuda"), "--device", "cpu").device())
                .isEqualTo(DevicePolicy.prefer(Device.CPU));
        assertThat(load(Map.of("BITNET_DEVICE", "metal"), "--strict-device").device())
                .isEqualTo(DevicePolicy.require(Device.APPLE_GPU));
        assertThat(load(Map.of("BITNET_DEVICE", "cuda"), "--device", "auto").device())
                .isEqualTo(DevicePolicy.auto());
    }

    @Test
    void threadsComeFromTheOptionThenFromTheVariables() {
        assertThat(load(Map.of()).threads()).isZero();
        assertThat(load(Map.of("BITNET_CPU_THREADS", "3")).threads()).isEqualTo(3);
        assertThat(load(Map.of("BITNET_CPU_THREADS", "3", "BITNET_NUM_THREADS", "2"))
                        .threads())
                .isEqualTo(2);
        assertThat(load(Map.of("BITNET_NUM_THREADS", "2"), "--threads", "5").threads())
                .isEqualTo(5);
    }

    @Test
    void nonsenseNamesTheVariable() {
        assertThatThrownBy(() -> load(Map.of("BITNET_NUM_THREADS", "many")))
                .isInstanceOf(UsageException.class)
                .hasMessage("the environment variable BITNET_NUM_THREADS is 'many', not an integer");
        assertThatThrownBy(() -> load(Map.of("BITNET_DEVICE", "toaster")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("toaster")
                .hasMessageContaining("apple-gpu");
        assertThatThrownBy(() -> load(Map.of("BITNET_NUM_THREADS", "-1"))).isInstanceOf(UsageException.class);
    }

    @Test
    void modelThatTheVariableNamesIsOpened() {
        Bitnet.Result result =
                new Bitnet().with("BITNET_MODEL", "no/such/model.gguf").run("run", "Hello!");
        assertThat(result.code()).isEqualTo(ExitCode.MODEL_FORMAT.code());
        assertThat(result.err()).contains("no/such/model.gguf").doesNotContain("demo model");
    }

    @Test
    void logLevelIsChecked() {
        assertThat(new Bitnet().with("BITNET_LOG_LEVEL", "loud").run("devices").code())
                .isEqualTo(ExitCode.USAGE.code());
        assertThat(new Bitnet()
                        .with("BITNET_LOG_LEVEL", "loud")
                        .run("devices", "--log-level", "warn")
                        .code())
                .isZero();
    }
}
