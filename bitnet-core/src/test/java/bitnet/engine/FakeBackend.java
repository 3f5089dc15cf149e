package bitnet.engine;

import bitnet.Device;
import bitnet.model.Transformer;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.KernelBackend;
import bitnet.spi.Probe;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A backend that does what it is told, which includes throwing wherever it can. */
class FakeBackend implements KernelBackend {
    final String name;
    Supplier<String> id = () -> name();
    Supplier<Device> device = () -> Device.CUDA;
    Supplier<Integer> version = () -> SPI_VERSION;
    Supplier<Integer> priority = () -> 10;
    Supplier<Probe> probe = () -> new Probe.Usable("1", "fake", -1);
    Supplier<CompiledModel> compile = () -> new Alphabet(100);
    Predicate<Path> prepared = source -> false;
    int prefillChunk = 256;
    int probes;
    int compiles;

    @Nullable
    CompileOptions options;

    FakeBackend(String name) {
        this.name = name;
    }

    private String name() {
        return name;
    }

    @Override
    public String id() {
        return id.get();
    }

    @Override
    public Device device() {
        return device.get();
    }

    @Override
    public int spiVersion() {
        return version.get();
    }

    @Override
    public int priority() {
        return priority.get();
    }

    @Override
    public Probe probe() {
        probes++;
        return probe.get();
    }

    @Override
    public int prefillChunk() {
        return prefillChunk;
    }

    @Override
    public boolean isPrepared(Path source) {
        return prepared.test(source);
    }

    @Override
    public CompiledModel compile(Transformer model, CompileOptions newOptions) {
        compiles++;
        options = newOptions;
        return compile.get();
    }

    /** Throws, wherever a value is expected. */
    static <T> Supplier<T> failing(Throwable failure) {
        return () -> {
            switch (failure) {
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                default -> throw new IllegalArgumentException(failure);
            }
        };
    }
}
