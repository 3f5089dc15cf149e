package bitnet.conformance;

import bitnet.model.FloatTable;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTable;
import bitnet.model.TokenTable;
import bitnet.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/** Tables of seeded values: floats of any element type, unaligned as in a file, and ternary ones. */
public final class RandomTable {
    private RandomTable() {}

    /** How a table is stored. */
    public sealed interface Kind {
        /** A table of this kind. */
        TokenTable table(String name, int rows, int columns, long seed);
    }

    /** As floats. */
    public record Floats(ElementType type) implements Kind {
        @Override
        public TokenTable table(String name, int rows, int columns, long seed) {
            return of(name, type, rows, columns, seed);
        }

        @Override
        public String toString() {
            return type.toString();
        }
    }

    /** Ternary. */
    public record Ternary(ScaleGranularity granularity) implements Kind {
        @Override
        public TokenTable table(String name, int rows, int columns, long seed) {
            return new TernaryTable(new RandomTernary(name, rows, columns, granularity, 0.8f, seed));
        }

        @Override
        public String toString() {
            return "ternary " + granularity;
        }
    }

    /**
     * A table; every seventh row repeats the row before it, so that logits tie. Some rows are zero, and where the type allows
     * it some are tiny.
     */
    static FloatTable of(String name, ElementType type, int rows, int columns, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int rowBytes = (int) type.rowBytes(columns);
        byte[] bytes = new byte[rows * rowBytes + 1];
        for (int row = 0; row < rows; row++) {
            int at = 1 + row * rowBytes;
            if (row % 7 == 6) {
                System.arraycopy(bytes, at - rowBytes, bytes, at, rowBytes);
            } else if (row % 97 != 13) {
                float size = row % 97 == 29 ? 0x1p-80f : 1f;
                ByteBuffer buffer = ByteBuffer.wrap(bytes, at, rowBytes).order(ByteOrder.LITTLE_ENDIAN);
                while (buffer.hasRemaining()) {
                    block(type, size, random, buffer);
                }
            }
        }
        MemorySegment data = Arena.ofAuto().allocate(bytes.length, 64).copyFrom(MemorySegment.ofArray(bytes));
        return new FloatTable(name, type, rows, columns, data.asSlice(1).asReadOnly());
    }

    private static void block(ElementType type, float size, SplittableRandom random, ByteBuffer out) {
        switch (type) {
            case F32 -> out.putFloat((float) random.nextGaussian() * size);
            case F16 -> out.putShort(Float.floatToFloat16((float) random.nextGaussian()));
            case BF16 -> out.putShort((short) (Float.floatToRawIntBits((float) random.nextGaussian() * size) >>> 16));
            case Q8_0, Q5_0, Q4_0 -> {
                out.putShort(scale(random));
                bytes(random, type.blockBytes() - 2, out);
            }
            case Q6_K -> {
                bytes(random, type.blockBytes() - 2, out);
                out.putShort(scale(random));
            }
        }
    }

    private static short scale(SplittableRandom random) {
        return Float.floatToFloat16((float) random.nextDouble(-0.02, 0.02));
    }

    private static void bytes(SplittableRandom random, int n, ByteBuffer out) {
        for (int i = 0; i < n; i++) {
            out.put((byte) random.nextInt());
        }
    }
}
