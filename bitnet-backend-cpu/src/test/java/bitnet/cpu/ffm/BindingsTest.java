package bitnet.cpu.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * That the generated bindings are those of the header. Where {@code JEXTRACT} names the tool they are generated again; with
 * {@code BITNET_REGENERATE=1} they are replaced as well.
 */
class BindingsTest {
    @Test
    void headerAndOptionsAreThoseOfTheGeneratedFiles() throws Exception {
        assertThat(Bindings.LOCK)
                .as("generate the bindings again: JEXTRACT=/path/to/jextract BITNET_REGENERATE=1"
                        + " mvn test -pl bitnet-backend-cpu -am -Dtest=BindingsTest")
                .hasContent(Bindings.lock());
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "JEXTRACT", matches = ".+")
    void jextractGeneratesTheSameFiles(@TempDir Path work) throws Exception {
        TreeMap<String, String> expected = Bindings.generate(Path.of(System.getenv("JEXTRACT")), work);
        assertThat(expected).containsKey("BitnetCpu.java");
        if ("1".equals(System.getenv("BITNET_REGENERATE"))) {
            replace(expected);
        }
        TreeMap<String, String> committed = new TreeMap<>();
        try (Stream<Path> all = Files.list(Bindings.GENERATED)) {
            for (Path file :
                    all.filter(path -> path.toString().endsWith(".java")).toList()) {
                committed.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        assertThat(committed).isEqualTo(expected);
    }

    private static void replace(TreeMap<String, String> files) throws Exception {
        try (Stream<Path> all = Files.list(Bindings.GENERATED)) {
            for (Path file : all.toList()) {
                Files.delete(file);
            }
        }
        for (var file : files.entrySet()) {
            Files.writeString(Bindings.GENERATED.resolve(file.getKey()), file.getValue());
        }
        Files.writeString(Bindings.LOCK, Bindings.lock());
    }
}
