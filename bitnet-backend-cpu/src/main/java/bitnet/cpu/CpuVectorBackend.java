package bitnet.cpu;

import bitnet.Device;
import bitnet.cpu.vector.VectorBody;
import bitnet.model.Transformer;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.KernelBackend;
import bitnet.spi.Probe;

/** Models on the CPU by the Vector API, for machines that this jar has no native kernels for. */
public final class CpuVectorBackend implements KernelBackend {
    /** Does nothing. */
    public CpuVectorBackend() {}

    @Override
    public String id() {
        return "cpu-vector";
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
        return 100;
    }

    @Override
    public Probe probe() {
        try {
            return VectorBody.probe();
        } catch (NoClassDefFoundError e) {
            return new Probe.Unusable(
                    "the Vector API is not there: start the JVM with --add-modules jdk.incubator.vector", e);
        } catch (RuntimeException | Error e) {
            return new Probe.Unusable("the vector kernels failed: " + e, e);
        }
    }

    @Override
    public CompiledModel compile(Transformer model, CompileOptions options) {
        return VectorBody.compile(model, options);
    }
}
