package bitnet.cpu.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.cpu.ffm.gen.BitnetCpu;
import bitnet.natives.NativePlatform;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library in the jar. */
class CpuLibraryTest {
    @BeforeEach
    void libraryIsThere() {
        NativeTests.requireLibrary();
    }

    @Test
    void hasTheVersionOfTheHeader() {
        assertThat(CpuLibrary.ABI_VERSION).isEqualTo(BitnetCpu.BITNET_ABI_VERSION());
        assertThat(BitnetCpu.bitnet_abi_version()).isEqualTo(CpuLibrary.ABI_VERSION);
    }

    @Test
    void anotherVersionIsRefused(@TempDir Path directory) throws Exception {
        NativePlatform platform = NativePlatform.current();
        Path copy = directory.resolve(platform.fileName("bitnet_cpu"));
        String resource = "/" + platform.resource(platform.fileName("bitnet_cpu"));
        try (InputStream in = CpuLibrary.class.getResourceAsStream(resource)) {
            Files.copy(in, copy);
        }
        assertThat(CpuLibrary.open(copy, CpuLibrary.ABI_VERSION).find("bitnet_quantize"))
                .isPresent();
        assertThatThrownBy(() -> CpuLibrary.open(copy, 99))
                .isInstanceOf(UnsatisfiedLinkError.class)
                .hasMessageContaining("version " + CpuLibrary.ABI_VERSION + " and not 99");
    }

    @Test
    void instructionSetsAscendAndTheBestIsTheLast() {
        assertThat(CpuLibrary.supported()).isSorted().isNotEmpty().last().isEqualTo(BitnetCpu.bitnet_isa_best());
        assertThat(CpuLibrary.supported())
                .allSatisfy(isa -> assertThat(CpuLibrary.name(isa)).matches("[a-z0-9-]+"));
    }
}
