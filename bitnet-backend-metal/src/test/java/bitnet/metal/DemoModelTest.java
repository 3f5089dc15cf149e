package bitnet.metal;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.BackendReport;
import bitnet.Device;
import bitnet.DevicePolicy;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.LoadOptions;
import bitnet.Model;
import bitnet.demo.DemoModel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The demo model on the Apple GPU says what it says in plain Java, token by token. */
class DemoModelTest {
    private static final String PROMPT = "Tell me a story about a fox named Mila who loses a lantern.";
    private static final int TOKENS = 40;

    @BeforeEach
    void libraryIsThere() {
        MetalDouble.requireLibrary();
    }

    @AfterEach
    void nothingIsLeft() {
        MetalDouble.requireClean();
    }

    @Test
    void greedyAnswersAreThoseOfPlainJava() {
        assertThat(tokens(LoadOptions.defaults().withDevice(DevicePolicy.require(Device.APPLE_GPU)), "metal"))
                .hasSize(TOKENS)
                .isEqualTo(tokens(LoadOptions.defaults().withBackend("scalar"), "scalar"));
    }

    @Test
    void whatMetalRefusesTheNextBackendRuns() {
        MetalDouble.require();
        MetalDouble.fail("newCommandQueue", 1); // the probe has one, and the model none
        LoadOptions options = LoadOptions.defaults().withDevice(DevicePolicy.prefer(Device.APPLE_GPU));
        try (Model model = Model.load(DemoModel.file(), options)) {
            assertThat(model.info().backend()).isEqualTo("scalar");
            assertThat(model.info().considered())
                    .filteredOn(report -> report.backend().equals("metal"))
                    .singleElement()
                    .satisfies(report -> {
                        assertThat(report.outcome()).isEqualTo(BackendReport.Outcome.REFUSED);
                        assertThat(report.detail()).contains("Metal gave no command queue");
                    });
        }
    }

    private static List<Integer> tokens(LoadOptions options, String backend) {
        List<Integer> ids = new ArrayList<>();
        try (Model model = Model.load(DemoModel.file(), options)) {
            assertThat(model.info().backend()).isEqualTo(backend);
            assertThat(model.info().considered())
                    .anyMatch(report ->
                            report.backend().equals(backend) && report.outcome() == BackendReport.Outcome.CHOSEN);
            try (Generation answer = model.complete(
                    PROMPT, GenerationOptions.greedy().withMaxTokens(TOKENS).withIgnoreEndOfGeneration(true))) {
                while (answer.hasNext()) {
                    ids.add(answer.next().id());
                }
            }
        }
        return ids;
    }
}
