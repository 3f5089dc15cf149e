package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.Device;
import bitnet.scalar.ScalarBackend;
import bitnet.spi.KernelBackend;
import bitnet.spi.Probe;
import java.io.IOException;
import java.net.MalformedURLException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ProvidersTest {
    private static final FakeBackend GOOD = new FakeBackend("good") {};

    /** An iterator each of whose steps may throw, as a service loader's may. */
    @SafeVarargs
    @SuppressWarnings("varargs")
    private static Iterator<KernelBackend> steps(Supplier<KernelBackend>... steps) {
        Deque<Supplier<KernelBackend>> left = new ArrayDeque<>(List.of(steps));
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return !left.isEmpty();
            }

            @Override
            public KernelBackend next() {
                if (left.isEmpty()) {
                    throw new NoSuchElementException();
                }
                return left.remove().get();
            }
        };
    }

    private static Candidate byId(List<Candidate> candidates, String id) {
        return candidates.stream()
                .filter(candidate -> candidate.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static String reason(Candidate candidate) {
        return ((Probe.Unusable) candidate.probe().get()).reason();
    }

    @Test
    void theScalarBackendIsAlwaysThere() {
        List<Candidate> candidates = Providers.of(steps());
        assertThat(candidates).extracting(Candidate::id).containsExactly("scalar");
        assertThat(candidates.getFirst().probe().get()).isInstanceOf(Probe.Usable.class);
        assertThat(Providers.find()).extracting(Candidate::id).contains("scalar");
    }

    @Test
    void brokenStepsDoNotHideTheOthers() {
        List<Candidate> candidates = Providers.of(steps(
                FakeBackend.failing(new ServiceConfigurationError("Provider a.B could not be instantiated")),
                FakeBackend.failing(new NoClassDefFoundError("jdk/incubator/vector/Vector")),
                FakeBackend.failing(new IllegalStateException("constructor")),
                () -> GOOD));
        assertThat(candidates)
                .extracting(Candidate::id)
                .containsExactly("scalar", "provider 1", "provider 2", "provider 3", "good");
        assertThat(reason(candidates.get(1))).contains("a.B");
        assertThat(reason(candidates.get(2))).contains("jdk/incubator/vector/Vector");
        assertThat(byId(candidates, "good").probe().get()).isInstanceOf(Probe.Usable.class);
    }

    @Test
    void aLoaderThatFailsForEverEnds() {
        Iterator<KernelBackend> broken = new Iterator<>() {
            @Override
            public boolean hasNext() {
                throw new ServiceConfigurationError("cannot read META-INF/services");
            }

            @Override
            public KernelBackend next() {
                throw new NoSuchElementException();
            }
        };
        assertThat(Providers.of(broken)).extracting(Candidate::id).contains("scalar");
    }

    static Stream<Consumer<FakeBackend>> brokenAnswers() {
        return Stream.of(
                backend -> backend.id = FakeBackend.failing(new IllegalStateException("oops")),
                backend -> backend.id = () -> null,
                backend -> backend.device = FakeBackend.failing(new AbstractMethodError("oops")),
                backend -> backend.device = () -> null,
                backend -> backend.version = FakeBackend.failing(new NoSuchMethodError("oops")),
                backend -> backend.priority = FakeBackend.failing(new UnsatisfiedLinkError("oops")),
                backend -> backend.priority = FakeBackend.failing(new AssertionError("oops")));
    }

    @ParameterizedTest
    @MethodSource("brokenAnswers")
    void aBackendThatCannotSayWhatItIsIsRefusedByItsClass(Consumer<FakeBackend> damage) {
        var broken = new FakeBackend("broken");
        damage.accept(broken);
        List<Candidate> candidates = Providers.of(steps(() -> broken, () -> GOOD));
        assertThat(candidates).hasSize(3);
        assertThat(candidates.get(1).id()).isEqualTo(FakeBackend.class.getName());
        assertThat(candidates.get(1).backend()).isNull();
        assertThat(reason(candidates.get(1))).containsAnyOf("oops", "no id or no device");
        assertThat(candidates.get(2).id()).isEqualTo("good");
    }

    @Test
    void anotherSpiVersionIsRefusedWithTheVersions() {
        var old = new FakeBackend("old");
        old.version = () -> 7;
        Candidate candidate = byId(Providers.of(steps(() -> old)), "old");
        assertThat(reason(candidate)).contains("version 7").contains("version " + KernelBackend.SPI_VERSION);
        assertThat(candidate.device()).isEqualTo(Device.CUDA);
        assertThat(old.probes).isZero();
    }

    @Test
    void ofTwoWithOneIdTheSecondIsRefused() {
        var first = new FakeBackend("twin") {};
        var second = new FakeBackend("twin") {};
        var scalar = new FakeBackend("scalar") {};
        List<Candidate> candidates = Providers.of(steps(() -> first, () -> second, () -> scalar));
        assertThat(candidates).hasSize(4);
        assertThat(candidates.get(1).backend()).isSameAs(first);
        assertThat(reason(candidates.get(2))).contains(first.getClass().getName());
        assertThat(reason(candidates.get(3))).contains(ScalarBackend.class.getName());
    }

    @Test
    void oneClassFoundTwiceCountsOnce() {
        assertThat(Providers.of(steps(() -> GOOD, () -> GOOD, ScalarBackend::new)))
                .extracting(Candidate::id)
                .containsExactly("scalar", "good");
    }

    @Test
    void probesThatThrowOrSayNothingAreRefusals() {
        var throwing = new FakeBackend("throwing") {};
        throwing.probe = FakeBackend.failing(new NoClassDefFoundError("Gpu"));
        var silent = new FakeBackend("silent") {};
        silent.probe = () -> null;
        List<Candidate> candidates = Providers.of(steps(() -> throwing, () -> silent));
        assertThat(reason(candidates.get(1))).contains("Gpu");
        assertThat(reason(candidates.get(2))).contains("no answer");
    }

    /** A real service loader with service files that name what is not there or not right. */
    @Test
    void survivesBrokenServiceFiles(@TempDir Path directory) throws IOException {
        Path services = Files.createDirectories(directory.resolve("META-INF/services"));
        Files.writeString(
                services.resolve(KernelBackend.class.getName()),
                "no.such.Provider\n" + String.class.getName() + "\nnot a class name\n");
        try (var loader = new java.net.URLClassLoader(
                new java.net.URL[] {url(directory)}, ProvidersTest.class.getClassLoader())) {
            List<Candidate> candidates =
                    Providers.of(ServiceLoader.load(KernelBackend.class, loader).iterator());
            assertThat(candidates.getFirst().id()).isEqualTo("scalar");
            assertThat(candidates).hasSizeGreaterThan(1);
            assertThat(candidates.subList(1, candidates.size()))
                    .allSatisfy(candidate -> assertThat(reason(candidate)).contains("KernelBackend"));
        }
    }

    private static java.net.URL url(Path path) throws MalformedURLException {
        return path.toUri().toURL();
    }
}
