package bitnet.coreml;

import bitnet.Device;
import bitnet.model.Transformer;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.KernelBackend;
import bitnet.spi.Probe;
import java.nio.file.Path;

/** The backend as if this were a Mac: it works where the test double is. Tests alone provide it. */
public final class DoubleBackend implements KernelBackend {
    static final String ID = "coreml-double";

    private final CoreMlBackend backend = new CoreMlBackend(ID, () -> null);

    /** Does nothing. */
    public DoubleBackend() {}

    @Override
    public String id() {
        return backend.id();
    }

    @Override
    public Device device() {
        return backend.device();
    }

    @Override
    public int spiVersion() {
        return backend.spiVersion();
    }

    @Override
    public int priority() {
        return backend.priority();
    }

    @Override
    public Probe probe() {
        return backend.probe();
    }

    @Override
    public boolean isPrepared(Path source) {
        return backend.isPrepared(source);
    }

    @Override
    public CompiledModel compile(Transformer model, CompileOptions options) {
        return backend.compile(model, options);
    }
}
