package bitnet.demo;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.gguf.GgufModel;
import bitnet.gguf.GgufOptions;
import bitnet.model.Transformer;
import bitnet.natives.NativeLibrary;
import bitnet.tokenizer.TokenizerSpec;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoModelTest {
    @TempDir
    Path directory;

    @AfterEach
    void forgetTheCache() {
        System.clearProperty(NativeLibrary.CACHE_PROPERTY);
    }

    @Test
    void classesInADirectoryHaveItBesideThem() throws IOException {
        assertThat(DemoModel.file())
                .isRegularFile()
                .hasParent(Path.of("target/classes/bitnet/demo").toAbsolutePath());
    }

    @Test
    void itIsAWholeModel() {
        try (GgufModel model = GgufModel.open(DemoModel.file(), GgufOptions.DEFAULT)) {
            Transformer transformer = model.transformer();
            assertThat(transformer.config().layers()).isEqualTo(8);
            assertThat(transformer.isTied()).isTrue();
            TokenizerSpec tokenizer = model.tokenizer();
            assertThat(tokenizer.tokens()).hasSize(2048);
            assertThat(tokenizer.endOfGeneration()).containsExactly(1811, 1812);
            assertThat(tokenizer.addBos()).isTrue();
            assertThat(model.chatTemplate()).isPresent();
            assertThat(model.samplingDefaults().temperature()).isEqualTo(0.6f);
            assertThat(model.samplingDefaults().topP()).isEqualTo(0.9f);
        }
    }

    @Test
    void aJarsModelIsCopiedToTheCacheOnce() throws Exception {
        System.setProperty(
                NativeLibrary.CACHE_PROPERTY, directory.resolve("cache").toString());
        Path first = fileFromJar();
        assertThat(first).hasSameBinaryContentAs(DemoModel.file()).startsWith(directory.resolve("cache/models"));
        Object key = Files.readAttributes(first, "unix:ino").get("ino");
        assertThat(fileFromJar()).isEqualTo(first);
        assertThat(Files.readAttributes(first, "unix:ino")).containsEntry("ino", key);
    }

    @Test
    void aCopyThatWasChangedIsReplaced() throws Exception {
        System.setProperty(
                NativeLibrary.CACHE_PROPERTY, directory.resolve("cache").toString());
        Path file = fileFromJar();
        Files.write(file, new byte[] {1}, StandardOpenOption.WRITE);
        assertThat(fileFromJar()).isEqualTo(file).hasSameBinaryContentAs(DemoModel.file());
    }

    @Test
    void withoutACacheItLiesInATemporaryDirectory() throws Exception {
        Path notADirectory = Files.writeString(directory.resolve("cache"), "mine");
        System.setProperty(NativeLibrary.CACHE_PROPERTY, notADirectory.toString());
        Path file = fileFromJar();
        assertThat(file).hasSameBinaryContentAs(DemoModel.file());
        assertThat(file.toRealPath())
                .startsWith(Path.of(System.getProperty("java.io.tmpdir")).toRealPath());
        assertThat(notADirectory).hasContent("mine");
    }

    /** What the class answers when it and the model lie in a jar. */
    private Path fileFromJar() throws Exception {
        Path jar = directory.resolve("demo.jar");
        Path classes = Path.of("target/classes");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar));
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(
                        new ZipEntry(classes.relativize(file).toString().replace('\\', '/')));
                Files.copy(file, out);
            }
        }
        List<String> own = List.of("bitnet.demo.DemoModel");
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {jar.toUri().toURL()}, getClass().getClassLoader()) {
                    @Override
                    public Class<?> loadClass(String name) throws ClassNotFoundException {
                        return own.contains(name) ? findClass(name) : super.loadClass(name);
                    }

                    @Override
                    public URL getResource(String name) {
                        return findResource(name);
                    }
                }) {
            return (Path)
                    loader.loadClass("bitnet.demo.DemoModel").getMethod("file").invoke(null);
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
