package bitnet.metal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import bitnet.natives.NativePlatform;
import bitnet.spi.KernelBackend;
import bitnet.spi.Probe;
import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the backend says where there can be no Metal, and where its library cannot be had. */
class OtherMachinesTest {
    @TempDir
    private Path directory;

    @Test
    void onlyMacsWithAppleSiliconSuit() {
        assertThat(MetalLibrary.suits(new NativePlatform("macos", "aarch64"))).isTrue();
        assertThat(MetalLibrary.suits(new NativePlatform("macos", "x86_64"))).isFalse();
        assertThat(MetalLibrary.suits(new NativePlatform("linux", "aarch64"))).isFalse();
    }

    @Test
    void elsewhereItSaysSoAndLoadsNothingEvenIfThereIsALibrary() throws Exception {
        assumeThat(MetalLibrary.suits(NativePlatform.current())).isFalse();
        String path = System.getProperty("bitnet.native.path", directory.toString());
        assertThat(probe("-Dbitnet.native.path=" + path))
                .containsExactly(
                        "Metal needs macOS on Apple silicon, and this is " + NativePlatform.current(), "loaded: false");
    }

    @Test
    void aMissingLibraryIsNamed() throws Exception {
        assertThat(probe("-Dbitnet.metal.double=true", "-Dbitnet.native.path=" + directory))
                .first()
                .asString()
                .startsWith("no native library bitnet_metal")
                .contains(directory.toString())
                .contains("no such file");
    }

    @Test
    void noJarHasTheDouble() throws Exception {
        assumeThat(MetalLibrary.suits(NativePlatform.current())).isFalse();
        assertThat(probe("-Dbitnet.metal.double=true"))
                .first()
                .asString()
                .contains("this build has no bitnet_metal for " + NativePlatform.current());
    }

    @Test
    void aFileThatIsNoLibraryIsRefused() throws Exception {
        Files.writeString(directory.resolve(System.mapLibraryName("bitnet_metal")), "no library at all");
        assertThat(probe("-Dbitnet.metal.double=true", "-Dbitnet.native.path=" + directory))
                .first()
                .asString()
                .startsWith("no native library bitnet_metal");
    }

    @Test
    void deniedNativeAccessIsAReasonWithItsCure() throws Exception {
        MetalDouble.require();
        assertThat(probe(
                        "-Dbitnet.metal.double=true",
                        "-Dbitnet.native.path=" + System.getProperty("bitnet.native.path"),
                        "--illegal-native-access=deny"))
                .first()
                .asString()
                .contains("--enable-native-access=ALL-UNNAMED");
    }

    /** What the probe says in a JVM of its own, and whether it loaded the library. */
    private static List<String> probe(String... flags) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(flags));
        String classPath = Stream.of(KernelBackend.class, MetalBackend.class, OtherMachinesTest.class)
                .map(OtherMachinesTest::location)
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
        command.addAll(List.of("-cp", classPath, Main.class.getName()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines().toList();
    }

    private static String location(Class<?> type) {
        String file = type.getName().replace('.', '/') + ".class";
        String url = type.getClassLoader().getResource(file).toString();
        String place = url.substring(0, url.length() - file.length());
        if (place.startsWith("jar:")) {
            place = place.substring("jar:".length(), place.length() - "!/".length());
        }
        return Path.of(URI.create(place)).toString();
    }

    /** Prints what the probe says. */
    static final class Main {
        public static void main(String[] args) throws Exception {
            System.out.println(
                    switch (new MetalBackend().probe()) {
                        case Probe.Usable usable -> "usable: " + usable.isa();
                        case Probe.Absent absent -> absent.reason();
                        case Probe.Unusable unusable -> unusable.reason();
                    });
            Path maps = Path.of("/proc/self/maps");
            System.out.println(
                    "loaded: " + (Files.exists(maps) && Files.readString(maps).contains("bitnet_metal")));
        }
    }
}
