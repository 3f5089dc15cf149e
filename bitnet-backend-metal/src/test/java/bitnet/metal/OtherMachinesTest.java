package bitnet.metal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import bitnet.natives.NativePlatform;
import bitnet.spi.Probe;
import org.junit.jupiter.api.Test;

/** What the backend says where there can be no Metal. */
class OtherMachinesTest {
    @Test
    void itSaysWhatIsMissingAndLoadsNothing() {
        assumeThat(MetalLibrary.suits(NativePlatform.current())).isFalse();
        assertThat(new MetalBackend().probe())
                .isInstanceOfSatisfying(
                        Probe.Unusable.class,
                        unusable -> assertThat(unusable.reason())
                                .isEqualTo(
                                        "Metal needs macOS on Apple silicon, and this is " + NativePlatform.current()));
    }

    @Test
    void onlyMacsWithAppleSiliconSuit() {
        assertThat(MetalLibrary.suits(new NativePlatform("macos", "aarch64"))).isTrue();
        assertThat(MetalLibrary.suits(new NativePlatform("macos", "x86_64"))).isFalse();
        assertThat(MetalLibrary.suits(new NativePlatform("linux", "aarch64"))).isFalse();
    }
}
