package bitnet.conformance;

import bitnet.forward.PageTable;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTensor;
import bitnet.spi.Kernels;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * {@link Kernels#quantize} and {@link Kernels#normQuantize}. Codes are looked at through a product with the identity, the
 * factor through two scales of it.
 */
record QuantizeScenario(boolean norm, ScaleGranularity granularity) implements Scenario {
    @Override
    public void run(KernelProbe probe, Shape shape, Recording recording) {
        Inputs inputs = new Inputs(norm ? 21 : 22);
        Kernels kernels = probe.kernels();
        int columns = shape.hidden();
        Kernels.Gain gain = kernels.gain(inputs.gain(columns));
        Kernels.TernaryMatrix identity = kernels.ternary(
                List.of(new Identity(columns, granularity, 1f), new Identity(columns, granularity, 0.7310586f)));
        Kernels.Floats x = kernels.floats(columns);
        Kernels.Quantized q = kernels.quantized(columns, granularity.activations());
        Kernels.Floats y = kernels.floats(2 * columns);
        PageTable pages = new PageTable(kernels);
        Runnable program = () -> {
            if (norm) {
                kernels.normQuantize(x, gain, q);
            } else {
                kernels.quantize(x, q);
            }
            kernels.ternaryMatmul(identity, q, y);
        };
        for (int rows : KernelConformance.ROWS) {
            for (int repeat = 0; repeat < 3; repeat++) {
                probe.write(x, columns, inputs.rows(rows, columns));
                kernels.run(Scenario.step(pages, rows), program);
                recording.add("quantised " + rows + " rows", 2 * columns, probe.read(y, 2 * columns, rows));
            }
        }
    }

    private record Identity(int columns, ScaleGranularity granularity, float scale) implements TernaryTensor {
        @Override
        public String name() {
            return "identity";
        }

        @Override
        public int rows() {
            return columns;
        }

        @Override
        public Packed pack(SegmentAllocator allocator) {
            long rowBytes = TernaryLayout.rowBytes(columns);
            MemorySegment codes = allocator.allocate(columns * rowBytes, 64).fill(TernaryLayout.ZEROS);
            for (int i = 0; i < columns; i++) {
                // Code 1 is there; adding 1 makes it 2, which is +1.
                long at = i * rowBytes + TernaryLayout.byteOf(i);
                int old = codes.get(ValueLayout.JAVA_BYTE, at);
                codes.set(ValueLayout.JAVA_BYTE, at, (byte) (old + (1 << TernaryLayout.shiftOf(i))));
            }
            if (granularity == ScaleGranularity.TENSOR) {
                return new Packed(codes.asReadOnly(), scale);
            }
            long groups = (long) columns * granularity.groups(columns);
            MemorySegment scales = allocator.allocate(groups * Short.BYTES, 64);
            for (long i = 0; i < groups; i++) {
                scales.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(scale));
            }
            return new Packed(codes.asReadOnly(), scales.asReadOnly());
        }
    }
}
