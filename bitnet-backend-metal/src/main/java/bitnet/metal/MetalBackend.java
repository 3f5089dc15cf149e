package bitnet.metal;

import bitnet.Device;
import bitnet.model.Transformer;
import bitnet.natives.NativePlatform;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.KernelBackend;
import bitnet.spi.Probe;

/** Models on the GPU of a Mac with Apple silicon. On any other machine it says so, and loads nothing. */
public final class MetalBackend implements KernelBackend {
    /** Does nothing. */
    public MetalBackend() {}

    @Override
    public String id() {
        return "metal";
    }

    @Override
    public Device device() {
        return Device.APPLE_GPU;
    }

    @Override
    public int spiVersion() {
        return SPI_VERSION;
    }

    @Override
    public int priority() {
        return 100;
    }

    @Override
    public Probe probe() {
        NativePlatform platform = NativePlatform.current();
        if (!MetalLibrary.suits(platform) && !MetalLibrary.isDoubled()) {
            return new Probe.Absent("Metal needs macOS on Apple silicon, and this is " + platform);
        }
        try {
            return MetalBody.probe();
        } catch (RuntimeException | Error e) {
            return new Probe.Unusable("Metal failed: " + e, e);
        }
    }

    @Override
    public CompiledModel compile(Transformer model, CompileOptions options) {
        return MetalBody.compile(model, options);
    }
}
