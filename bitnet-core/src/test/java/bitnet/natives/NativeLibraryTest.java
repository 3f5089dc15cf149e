package bitnet.natives;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a library is looked for, and that nothing else is touched. Opening is reading, so that any bytes will do. */
class NativeLibraryTest {
    static final NativePlatform PLATFORM = new NativePlatform("test", "cpu");

    @TempDir
    private Path directory;

    private Path cache;
    private byte[] content;

    @BeforeEach
    void useOwnCache() throws IOException {
        cache = directory.resolve("cache");
        System.setProperty(NativeLibrary.CACHE_PROPERTY, cache.toString());
        try (InputStream in = NativeLibraryTest.class.getResourceAsStream("/" + PLATFORM.resource("libexample.so"))) {
            content = in.readAllBytes();
        }
    }

    @AfterEach
    void restore() {
        System.clearProperty(NativeLibrary.CACHE_PROPERTY);
        System.clearProperty(NativeLibrary.PATH_PROPERTY);
    }

    static Path open(NativeLibrary.Opener<Path> opener) throws NativeLibraryException {
        return NativeLibrary.open(NativeLibraryTest.class, "example", PLATFORM, opener);
    }

    /** Opens what has the right bytes. */
    private Path requireContent(Path file) {
        try {
            if (!java.util.Arrays.equals(Files.readAllBytes(file), content)) {
                throw new UnsatisfiedLinkError("not the library");
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void unpacksOnceIntoAPrivateCache() throws Exception {
        Path first = open(this::requireContent);
        var time = Files.getLastModifiedTime(first);
        assertThat(first).startsWith(cache).hasFileName("libexample.so").hasBinaryContent(content);
        if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(first.getParent())))
                    .isEqualTo("rwx------");
        }
        assertThat(open(this::requireContent)).isEqualTo(first);
        assertThat(Files.getLastModifiedTime(first)).isEqualTo(time);
        assertThat(files(cache)).containsExactly(first);
    }

    @Test
    void replacesACorruptedCopy() throws Exception {
        Path file = open(this::requireContent);
        byte[] corrupted = content.clone();
        corrupted[3] ^= 1;
        Files.write(file, corrupted);
        assertThat(open(this::requireContent)).isEqualTo(file).hasBinaryContent(content);
        Files.write(file, new byte[0]);
        assertThat(open(this::requireContent)).isEqualTo(file).hasBinaryContent(content);
    }

    @Test
    void neverFollowsALinkInTheCache() throws Exception {
        Path file = open(this::requireContent);
        Path elsewhere = Files.write(directory.resolve("elsewhere.so"), content);
        Files.delete(file);
        Files.createSymbolicLink(file, elsewhere);
        assertThat(open(this::requireContent)).isEqualTo(file);
        assertThat(Files.isSymbolicLink(file)).isFalse();
        assertThat(elsewhere).hasBinaryContent(content);
    }

    @Test
    void leavesForeignFilesAlone() throws Exception {
        Path home = open(this::requireContent).getParent();
        List<Path> foreign = new ArrayList<>();
        for (Path place : List.of(directory, cache, home.getParent(), home)) {
            foreign.add(Files.writeString(place.resolve("libexample.so.part"), "mine"));
            foreign.add(Files.writeString(place.resolve("bitnet-notes.txt"), "mine"));
            foreign.add(Files.writeString(
                    Files.createDirectories(place.resolve("bitnet-models")).resolve("a.gguf"), "mine"));
        }
        Files.write(home.resolve("libexample.so"), new byte[5]);
        open(this::requireContent);
        assertThat(foreign).allSatisfy(file -> assertThat(file).hasContent("mine"));
    }

    @Test
    void fallsBackToAPrivateDirectoryThatItRemoves() throws Exception {
        Files.writeString(cache, "a file where the cache should be");
        Path file = open(path -> {
            assertThat(path.getParent()).startsWith(Path.of(System.getProperty("java.io.tmpdir")));
            return requireContent(path);
        });
        assertThat(file.getParent()).doesNotExist();
        assertThat(cache).hasContent("a file where the cache should be");
    }

    @Test
    void aReadOnlyCacheServesWhatItHas() throws Exception {
        Path file = open(this::requireContent);
        Path home = file.getParent();
        assumeThat(home.toFile().setWritable(false, false)).isTrue();
        try {
            assertThat(open(this::requireContent)).isEqualTo(file);
        } finally {
            assertThat(home.toFile().setWritable(true, true)).isTrue();
        }
    }

    @Test
    void refusesACacheThatOthersCanWrite() throws Exception {
        assumeThat(FileSystems.getDefault().supportedFileAttributeViews()).contains("posix");
        Path file = open(this::requireContent);
        Files.setPosixFilePermissions(file.getParent(), PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(open(this::requireContent)).isNotEqualTo(file);
        assertThatThrownBy(() -> open(path -> {
                    throw new UnsatisfiedLinkError("no");
                }))
                .isInstanceOf(NativeLibraryException.class)
                .hasMessageContaining(file.getParent() + " has permissions rwxrwxrwx, which let others in");
    }

    @Test
    void aCopyThatDoesNotOpenIsFollowedByTheNext() throws Exception {
        List<Path> paths = new ArrayList<>();
        Path opened = open(path -> {
            paths.add(path);
            if (path.startsWith(cache)) {
                throw new IllegalArgumentException("Cannot open library: " + path + ": noexec");
            }
            return path;
        });
        assertThat(paths).hasSize(2).last().isEqualTo(opened);
    }

    @Test
    void namesEveryPlaceAndTheCure() {
        assertThatThrownBy(() -> open(path -> {
                    throw new UnsatisfiedLinkError("ABI version 7, not 3");
                }))
                .isInstanceOfSatisfying(NativeLibraryException.class, e -> {
                    assertThat(e.tried()).hasSize(2).allMatch(place -> place.endsWith(": ABI version 7, not 3"));
                    assertThat(e.tried().getFirst()).startsWith(cache.toString());
                    assertThat(e)
                            .hasMessageContaining(e.tried().getFirst())
                            .hasMessageContaining(e.tried().getLast())
                            .hasMessageContaining("-Dbitnet.native.path");
                    assertThat(e).hasCauseInstanceOf(UnsatisfiedLinkError.class);
                });
    }

    @Test
    void namesAPlatformWithoutALibrary() {
        assertThatThrownBy(() -> NativeLibrary.open(
                        NativeLibraryTest.class, "example", new NativePlatform("plan9", "mips"), path -> path))
                .isInstanceOf(NativeLibraryException.class)
                .hasMessageContaining("META-INF/native/bitnet/plan9-mips/libexample.so: not there")
                .hasMessageContaining("no example for plan9-mips");
        assertThat(cache).doesNotExist();
    }

    @Test
    void deniedAccessEndsTheSearchWithItsCure() {
        List<Path> paths = new ArrayList<>();
        assertThatThrownBy(() -> open(path -> {
                    paths.add(path);
                    throw new IllegalCallerException("Illegal native access from: module x");
                }))
                .isInstanceOf(NativeLibraryException.class)
                .hasMessageContaining("--enable-native-access=");
        assertThat(paths).hasSize(1);
    }

    @Test
    void aNamedDirectoryIsTheOnlyPlaceAndNothingIsWritten() throws Exception {
        Path own = Files.createDirectory(directory.resolve("own"));
        System.setProperty(NativeLibrary.PATH_PROPERTY, own.toString());
        assertThatThrownBy(() -> open(this::requireContent))
                .isInstanceOf(NativeLibraryException.class)
                .hasMessageContaining(own.resolve("libexample.so") + ": no such file");
        Files.write(own.resolve("libexample.so"), content);
        assertThat(open(this::requireContent)).isEqualTo(own.resolve("libexample.so"));
        assertThat(files(directory)).containsExactly(own.resolve("libexample.so"));
    }

    @Test
    void threadsThatStartAtOnceAgree() throws Exception {
        Callable<Path> task = () -> open(this::requireContent);
        try (var executor = Executors.newFixedThreadPool(8)) {
            var paths = new ArrayList<Path>();
            for (Future<Path> result : executor.invokeAll(java.util.Collections.nCopies(32, task))) {
                paths.add(result.get());
            }
            assertThat(paths).containsOnly(paths.getFirst());
        }
        assertThat(files(cache)).hasSize(1);
    }

    @Test
    void processesThatStartAtOnceAgree() throws Exception {
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            processes.add(new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-D" + NativeLibrary.CACHE_PROPERTY + "=" + cache,
                            "-cp",
                            location(NativeLibrary.class)
                                    + java.io.File.pathSeparator
                                    + location(NativeLibraryTest.class),
                            OtherProcess.class.getName())
                    .redirectErrorStream(true)
                    .start());
        }
        for (Process process : processes) {
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertThat(process.waitFor()).as(output).isZero();
            assertThat(output.strip()).startsWith(cache.toString());
        }
        assertThat(files(cache)).hasSize(1);
    }

    /** What {@link #processesThatStartAtOnceAgree} starts. */
    static final class OtherProcess {
        public static void main(String[] args) throws Exception {
            var test = new NativeLibraryTest();
            try (InputStream in =
                    NativeLibraryTest.class.getResourceAsStream("/" + PLATFORM.resource("libexample.so"))) {
                test.content = in.readAllBytes();
            }
            for (int i = 0; i < 100; i++) {
                open(test::requireContent);
            }
            System.out.println(open(test::requireContent));
        }
    }

    private static Path location(Class<?> type) throws Exception {
        String file = type.getName().replace('.', '/') + ".class";
        Path path = Path.of(type.getClassLoader().getResource(file).toURI());
        for (String ignored : file.split("/")) {
            path = path.getParent();
        }
        return path;
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }
}
