package bitnet.metal;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.HeadType;
import bitnet.conformance.SyntheticModel;
import bitnet.spi.CompileOptions;
import bitnet.spi.UnsupportedByBackendException;
import bitnet.tensor.ElementType;
import org.junit.jupiter.api.Test;

class HeadTypeTest {
    /** Before anything is loaded, on any machine, so that selection goes on to a backend that has it. */
    @Test
    void anInt8HeadIsRefused() {
        var model = SyntheticModel.tied(ElementType.F16).transformer();
        var options = CompileOptions.of(64).withHead(HeadType.INT8);
        assertThatThrownBy(() -> new MetalBackend().compile(model, options))
                .isInstanceOf(UnsupportedByBackendException.class)
                .hasMessageContaining("of type INT8");
    }
}
