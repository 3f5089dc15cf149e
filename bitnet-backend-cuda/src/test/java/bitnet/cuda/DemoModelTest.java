package bitnet.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.ChatSession;
import bitnet.Device;
import bitnet.DevicePolicy;
import bitnet.GenerationOptions;
import bitnet.LoadOptions;
import bitnet.Model;
import bitnet.demo.DemoModel;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The demo model on a GPU, through the public API, says what it says on the CPU. */
class DemoModelTest {
    @BeforeEach
    void driverIsThere() {
        SimulatedGpu.require();
    }

    @Test
    void answersAsTheScalarBackendDoes() {
        LoadOptions gpu = LoadOptions.defaults().withDevice(DevicePolicy.require(Device.CUDA));
        assertThat(answer(gpu))
                .isEqualTo(answer(LoadOptions.defaults().withBackend("scalar")))
                .isEqualTo("27 + 48 = 75.");
    }

    private static String answer(LoadOptions options) {
        try (Model model = Model.load(DemoModel.file(), options);
                ChatSession chat = model.chat()) {
            return chat.send("What is 27 + 48?", GenerationOptions.greedy());
        }
    }
}
