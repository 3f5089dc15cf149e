package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DevicesCommandTest {
    @Test
    void everyBackendIsListed() {
        Bitnet.Result result = new Bitnet().run("devices");
        assertThat(result.code()).isZero();
        assertThat(result.out()).containsPattern("scalar +cpu +usable");
    }

    @Test
    void jsonHasThemToo() {
        List<?> reports = (List<?>) new Bitnet().run("devices", "--json").json();
        assertThat(reports)
                .anySatisfy(report -> assertThat((Map<?, ?>) report)
                        .isEqualTo(Map.of(
                                "backend", "scalar",
                                "device", "cpu",
                                "outcome", "usable",
                                "detail", ((Map<?, ?>) report).get("detail"))));
    }

    @Test
    void withAModelOneIsChosen() {
        String demo = bitnet.demo.DemoModel.file().toString();
        List<?> reports = (List<?>) new Bitnet()
                .run("devices", "--json", "--model", demo, "--backend", "scalar")
                .json();
        assertThat(reports)
                .filteredOn(report -> "chosen".equals(((Map<?, ?>) report).get("outcome")))
                .hasSize(1);
    }
}
