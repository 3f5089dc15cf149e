package bitnet.coreml;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.spi.Probe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProcessorsTest {
    @AfterEach
    void clear() {
        System.clearProperty(Processors.PROPERTY);
    }

    @Test
    void thePropertyNamesThem() {
        assertThat(Processors.chosen()).isEqualTo(Processors.CPU_AND_NEURAL_ENGINE);
        for (Processors one : Processors.values()) {
            System.setProperty(Processors.PROPERTY, one.label());
            assertThat(Processors.chosen()).isEqualTo(one);
        }
    }

    @Test
    void aWrongNameIsAReasonNotToBeUsed() {
        bitnet.coreml.ffm.FakeCoreMl.require();
        System.setProperty(Processors.PROPERTY, "abacus");
        assertThat(new DoubleBackend().probe())
                .isInstanceOfSatisfying(
                        Probe.Unusable.class,
                        refused -> assertThat(refused.reason())
                                .isEqualTo("-Dbitnet.coreml.processors=abacus is none of cpu, cpu-and-gpu, all,"
                                        + " cpu-and-neural-engine"));
    }
}
