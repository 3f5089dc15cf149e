package bitnet.coreml.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.coreml.ffm.gen.BitnetCoreMl;
import bitnet.natives.NativePlatform;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library, as far as it can be tested against the double. */
class CoreMlLibraryTest {
    @Test
    void hasTheVersionOfTheHeader() {
        FakeCoreMl.require();
        assertThat(CoreMlLibrary.ABI_VERSION).isEqualTo(BitnetCoreMl.BITNET_COREML_ABI_VERSION());
        assertThat(BitnetCoreMl.bitnet_coreml_abi_version()).isEqualTo(CoreMlLibrary.ABI_VERSION);
    }

    @Test
    void anotherVersionIsRefused(@TempDir Path directory) throws Exception {
        FakeCoreMl.require();
        NativePlatform platform = NativePlatform.current();
        String name = platform.fileName("bitnet_coreml_double");
        Path copy = directory.resolve(name);
        try (InputStream in = CoreMlLibrary.class.getResourceAsStream("/" + platform.resource(name))) {
            Files.copy(in, copy);
        }
        assertThat(CoreMlLibrary.open(copy, CoreMlLibrary.ABI_VERSION).find("bitnet_coreml_predict"))
                .isPresent();
        assertThatThrownBy(() -> CoreMlLibrary.open(copy, 99))
                .isInstanceOf(UnsatisfiedLinkError.class)
                .hasMessageContaining("version " + CoreMlLibrary.ABI_VERSION + " and not 99");
    }
}
