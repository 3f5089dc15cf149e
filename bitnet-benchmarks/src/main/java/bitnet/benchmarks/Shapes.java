package bitnet.benchmarks;

import bitnet.model.Activation;
import bitnet.model.FloatTable;
import bitnet.model.ModelConfig;
import bitnet.model.Rope;
import bitnet.model.TernaryTensor;
import bitnet.tensor.ElementType;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** BitNet b1.58 2B-4T, with random weights. */
final class Shapes {
    static final int HIDDEN = 2560;
    static final int FEED_FORWARD = 6912;
    static final int HEADS = 20;
    static final int KV_HEADS = 5;
    static final int HEAD_DIM = 128;
    static final int VOCABULARY = 128_256;
    static final int QKV = (HEADS + 2 * KV_HEADS) * HEAD_DIM;

    private Shapes() {}

    /** One layer of it: the others are the same. */
    static ModelConfig layer(int vocabulary) {
        float[] frequencies = new float[HEAD_DIM / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = (float) Math.pow(500_000, -2.0 * i / HEAD_DIM);
        }
        return new ModelConfig(
                "bitnet-b1.58",
                "2B-4T",
                1,
                HIDDEN,
                FEED_FORWARD,
                HEADS,
                KV_HEADS,
                HEAD_DIM,
                vocabulary,
                4096,
                1e-5f,
                Activation.SQUARED_RELU,
                new Rope(frequencies));
    }

    static float[] normal(int n, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** A third of the weights of each kind. */
    static TernaryTensor ternary(int rows, int columns, long seed) {
        return new TernaryTensor() {
            @Override
            public String name() {
                return rows + "x" + columns;
            }

            @Override
            public int rows() {
                return rows;
            }

            @Override
            public int columns() {
                return columns;
            }

            @Override
            public Packed pack(SegmentAllocator allocator) {
                MemorySegment codes = allocator.allocate(rows * TernaryLayout.rowBytes(columns), 64);
                SplittableRandom random = new SplittableRandom(seed);
                for (long i = 0; i < codes.byteSize(); i++) {
                    int base = random.nextInt(81);
                    int packed = (base % 3) | ((base / 3 % 3) << 2) | ((base / 9 % 3) << 4) | ((base / 27) << 6);
                    codes.set(ValueLayout.JAVA_BYTE, i, (byte) packed);
                }
                return new Packed(codes, 0.01f);
            }
        };
    }

    /** An F16 table of normal values, with the spread of a trained embedding's. */
    static FloatTable table(Arena arena, int rows, int columns, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        MemorySegment data = arena.allocate((long) rows * columns * Short.BYTES, 64);
        short[] some = new short[1 << 20];
        for (int i = 0; i < some.length; i++) {
            some[i] = Float.floatToFloat16((float) random.nextGaussian() * 0.7f);
        }
        short[] row = new short[columns];
        for (int r = 0; r < rows; r++) {
            System.arraycopy(some, random.nextInt(some.length - columns), row, 0, columns);
            MemorySegment.copy(row, 0, data, ValueLayout.JAVA_SHORT, (long) r * columns * Short.BYTES, columns);
        }
        return new FloatTable("table", ElementType.F16, rows, columns, data);
    }
}
