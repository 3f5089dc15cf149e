package bitnet.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.cpu.ffm.NativeTests;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the backends say in JVMs that were started in other ways: each refusal has its reason and its cure, and none is silent. */
class FallbackTest {
    @TempDir
    private Path directory;

    private String cache;

    @BeforeEach
    void libraryIsThere() {
        NativeTests.requireLibrary();
        cache = "-Dbitnet.native.cache=" + directory.resolve("cache");
    }

    @Test
    void withoutFlagsTheNativeKernelsWork() throws Exception {
        assertThat(OtherJvm.run("Probes", cache))
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("cpu-native: usable, "),
                        line -> assertThat(line)
                                .startsWith("cpu-vector: unusable, ")
                                .contains("--add-modules jdk.incubator.vector"),
                        line -> assertThat(line).startsWith("scalar: usable, "));
    }

    @Test
    void withTheIncubatorTheVectorKernelsWork() throws Exception {
        assertThat(OtherJvm.run("Probes", cache, "--add-modules", "jdk.incubator.vector"))
                .anySatisfy(line -> assertThat(line).startsWith("cpu-vector: usable, "));
    }

    @Test
    void deniedNativeAccessIsAReasonWithItsCure() throws Exception {
        assertThat(OtherJvm.run("Probes", cache, "--illegal-native-access=deny"))
                .satisfiesExactly(
                        line -> assertThat(line)
                                .startsWith("cpu-native: unusable, ")
                                .contains("--enable-native-access=ALL-UNNAMED"),
                        line -> assertThat(line).startsWith("cpu-vector: unusable, "),
                        line -> assertThat(line).startsWith("scalar: usable, "));
    }

    @Test
    void anInstructionSetCanBeForced() throws Exception {
        assertThat(OtherJvm.run("Probes", cache, "-Dbitnet.cpu.isa=baseline"))
                .first()
                .isEqualTo("cpu-native: usable, baseline");
        assertThat(OtherJvm.run("Probes", cache, "-Dbitnet.cpu.isa=mmx"))
                .first()
                .satisfies(line -> assertThat(line)
                        .startsWith("cpu-native: unusable, ")
                        .contains("mmx is not among the instruction sets here: baseline"));
    }

    @Test
    void aDirectoryWithoutTheLibraryIsNamed() throws Exception {
        assertThat(OtherJvm.run("Probes", cache, "-Dbitnet.native.path=" + directory))
                .first()
                .satisfies(line -> assertThat(line)
                        .startsWith("cpu-native: unusable, no native library bitnet_cpu")
                        .contains(directory.toString())
                        .contains("no such file"));
    }

    @Test
    void aFileThatIsNoLibraryIsRefused() throws Exception {
        Files.writeString(directory.resolve(System.mapLibraryName("bitnet_cpu")), "no library at all");
        assertThat(OtherJvm.run("Probes", cache, "-Dbitnet.native.path=" + directory))
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("cpu-native: unusable, "),
                        line -> assertThat(line).startsWith("cpu-vector: unusable, "),
                        line -> assertThat(line).startsWith("scalar: usable, "));
    }

    @Test
    void severalClassLoadersUseOneLibrary() throws Exception {
        assertThat(OtherJvm.run("Loaders", cache))
                .hasSize(3)
                .allSatisfy(line -> assertThat(line).startsWith("Usable["));
    }
}
