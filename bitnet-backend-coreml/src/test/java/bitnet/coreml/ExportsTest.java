package bitnet.coreml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.Model;
import bitnet.coreml.artifact.Manifest;
import bitnet.coreml.export.CoreMlExporter;
import bitnet.coreml.export.ExportOptions;
import bitnet.demo.DemoModel;
import bitnet.model.ModelFile;
import bitnet.natives.NativeLibrary;
import bitnet.spi.UnsupportedByBackendException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where exports are found, and what is said where there are none. */
class ExportsTest {
    @TempDir
    private static Path shared;

    private static Path demoExport;

    @TempDir
    private Path directory;

    private ModelFile file;
    private Path model;

    @BeforeAll
    static void export() throws IOException {
        demoExport = shared.resolve("export");
        try (ModelFile file = Model.open(DemoModel.file())) {
            CoreMlExporter.export(
                    file, demoExport, ExportOptions.defaults().withContext(64).withPrefillBatch(8));
        }
    }

    @BeforeEach
    void open() throws IOException {
        model = Files.copy(DemoModel.file(), directory.resolve("model.gguf"));
        file = Model.open(model);
    }

    @AfterEach
    void close() {
        file.close();
        System.clearProperty(Exports.PROPERTY);
    }

    private Path find() {
        return Exports.find(file.transformer(), model).directory();
    }

    /** Only the manifest counts for finding; the packages must be there. */
    private static Path copy(Path to) throws IOException {
        try (var files = Files.walk(demoExport)) {
            for (Path each : files.toList()) {
                Path target = to.resolve(demoExport.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(each, target);
                }
            }
        }
        return to;
    }

    @Test
    void isFoundBesideTheModelInADirectoryOrByItsPath() throws IOException {
        assertThat(Exports.any(model)).isFalse();
        Path beside = copy(directory.resolve("model.coreml"));
        assertThat(Exports.any(model)).isTrue();
        assertThat(find()).isEqualTo(beside);

        Path collection = directory.resolve("exports");
        Path inside = copy(collection.resolve("demo"));
        System.setProperty(Exports.PROPERTY, collection.toString());
        assertThat(find()).isEqualTo(inside);

        System.setProperty(Exports.PROPERTY, demoExport.toString());
        assertThat(find()).isEqualTo(demoExport);
    }

    @Test
    void anExportOfAnotherModelIsPassedOver() throws IOException {
        Path other = copy(directory.resolve("model.coreml"));
        Path manifest = other.resolve(Manifest.FILE);
        String text = Files.readString(manifest);
        String fingerprint = Manifest.read(manifest).fingerprint();
        Files.writeString(manifest, text.replace(fingerprint, "0".repeat(64)));
        assertThat(Exports.any(model)).isTrue();
        assertThatThrownBy(this::find)
                .isInstanceOf(UnsupportedByBackendException.class)
                .hasMessageContaining("is an export of another model")
                .hasMessageContaining("bitnet export --format coreml " + model + " ")
                .hasMessageEndingWith(other.toString());
        System.setProperty(Exports.PROPERTY, demoExport.toString());
        assertThat(find()).isEqualTo(demoExport);
    }

    @Test
    void whatIsNotThereIsNamed() {
        assertThatThrownBy(this::find)
                .isInstanceOf(UnsupportedByBackendException.class)
                .hasMessageContaining("there is no " + Manifest.FILE + " in " + directory.resolve("model.coreml"));
        System.setProperty(Exports.PROPERTY, "/no/such/directory");
        assertThatThrownBy(this::find).hasMessageContaining("/no/such/directory");
        assertThatThrownBy(() -> {
                    System.clearProperty(Exports.PROPERTY);
                    Exports.find(file.transformer(), null);
                })
                .hasMessageContaining("there is no export");
    }

    @Test
    void aDamagedPackageIsNotCompiled() throws IOException {
        System.setProperty(
                NativeLibrary.CACHE_PROPERTY, directory.resolve("cache").toString());
        try {
            Path damaged = copy(directory.resolve("model.coreml"));
            var first = Manifest.read(damaged.resolve(Manifest.FILE)).packages().getFirst();
            Path weights = damaged.resolve(first.file()).resolve("Data/com.apple.CoreML/weights/weight.bin");
            byte[] bytes = Files.readAllBytes(weights);
            bytes[bytes.length / 2] ^= 1;
            Files.write(weights, bytes);
            assertThatThrownBy(() -> CompiledCache.compile(damaged.resolve(first.file()), first.sha256()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("is damaged")
                    .hasMessageContaining("export the model again");
        } finally {
            System.clearProperty(NativeLibrary.CACHE_PROPERTY);
        }
    }
}
