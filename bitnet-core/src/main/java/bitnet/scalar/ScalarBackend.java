package bitnet.scalar;

import bitnet.Device;
import bitnet.forward.KernelModel;
import bitnet.model.TernaryTensor;
import bitnet.model.Transformer;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.KernelBackend;
import bitnet.spi.KnownProduct;
import bitnet.spi.Probe;
import java.lang.foreign.Arena;

/**
 * Plain Java on one thread: works wherever a JVM does, and defines what the others must compute. It relies on {@link Math#fma}
 * being an instruction; on a CPU without one (x86 before 2013) the results are the same, but Java computes each in decimal
 * arithmetic: 130 times as long for a small model, and 250 MB of garbage a token.
 */
public final class ScalarBackend implements KernelBackend {
    /** Its {@link #id()}. */
    public static final String ID = "scalar";

    /** Does nothing. */
    public ScalarBackend() {}

    @Override
    public String id() {
        return ID;
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
        return 0;
    }

    @Override
    public Probe probe() {
        try {
            int wrong = firstWrongRow();
            if (wrong >= 0) {
                return new Probe.Unusable("row " + wrong + " of a known product came out wrong");
            }
            return new Probe.Usable(Runtime.version().toString(), System.getProperty("os.arch", "unknown"), -1);
        } catch (RuntimeException | Error e) {
            return new Probe.Unusable("the known product failed: " + e, e);
        }
    }

    private static int firstWrongRow() {
        byte[] q = new byte[KnownProduct.COLUMNS];
        for (int column = 0; column < q.length; column++) {
            q[column] = (byte) KnownProduct.activation(column);
        }
        float[] factor = {1f};
        float[] y = new float[KnownProduct.ROWS];
        try (Arena arena = Arena.ofConfined()) {
            TernaryTensor.Packed weights = KnownProduct.tensor().pack(arena);
            new TernaryMatmul()
                    .multiply(weights, KnownProduct.ROWS, KnownProduct.COLUMNS, q, factor, 1, y, 0, y.length, false);
        }
        for (int row = 0; row < y.length; row++) {
            if (y[row] != KnownProduct.product(row) * KnownProduct.SCALE) {
                return row;
            }
        }
        return -1;
    }

    @Override
    public CompiledModel compile(Transformer model, CompileOptions options) {
        return new KernelModel(model, new ScalarKernels(model.config(), options), options);
    }
}
