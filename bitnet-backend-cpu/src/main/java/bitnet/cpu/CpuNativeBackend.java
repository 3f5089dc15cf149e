package bitnet.cpu;

import bitnet.Device;
import bitnet.cpu.ffm.NativeBody;
import bitnet.model.Transformer;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.KernelBackend;
import bitnet.spi.Probe;

/** Models on the CPU by the native kernels that travel in this jar. */
public final class CpuNativeBackend implements KernelBackend {
    /** Does nothing. */
    public CpuNativeBackend() {}

    @Override
    public String id() {
        return "cpu-native";
    }

    @Override
    public Device device() {
        return Device.CPU;
    }

    @Override
    public int spiVersion() {
        return SPI_VERSION;
    }

    @Override
    public int priority() {
        return 200;
    }

    @Override
    public Probe probe() {
        try {
            return NativeBody.probe();
        } catch (RuntimeException | Error e) {
            return new Probe.Unusable("the native kernels failed: " + e, e);
        }
    }

    @Override
    public CompiledModel compile(Transformer model, CompileOptions options) {
        return NativeBody.compile(model, options);
    }
}
