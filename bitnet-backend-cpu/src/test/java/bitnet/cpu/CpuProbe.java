package bitnet.cpu;

import bitnet.conformance.KernelProbe;
import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** CPU kernels for the conformance checks. */
public record CpuProbe(CpuKernels kernels) implements KernelProbe {
    @Override
    public void write(Kernels.Floats floats, int columns, float[] values) {
        FloatRows rows = (FloatRows) floats;
        for (int row = 0; row < values.length / columns; row++) {
            long to = row * rows.stride() * Float.BYTES;
            MemorySegment.copy(values, row * columns, rows.data(), ValueLayout.JAVA_FLOAT, to, columns);
        }
    }

    @Override
    public float[] read(Kernels.Floats floats, int columns, int count) {
        FloatRows rows = (FloatRows) floats;
        float[] values = new float[count * columns];
        for (int row = 0; row < count; row++) {
            long from = row * rows.stride() * Float.BYTES;
            MemorySegment.copy(rows.data(), ValueLayout.JAVA_FLOAT, from, values, row * columns, columns);
        }
        return values;
    }
}
