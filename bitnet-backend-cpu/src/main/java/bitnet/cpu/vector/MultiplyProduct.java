package bitnet.cpu.vector;

import bitnet.cpu.CodeRows;
import bitnet.cpu.Memory;
import bitnet.cpu.PackedTernary;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * For 128-bit and 256-bit vectors (NEON, AVX2): codes of two bits times activations, in lanes of 16 bits. Codes are 0, 1, 2,
 * so the sum of the activations is taken away in the end.
 */
final class MultiplyProduct extends TernaryProduct {
    private static final VectorSpecies<Short> S = species();
    private static final int LANES = S.length();
    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, S.vectorShape());
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final long VECTOR = S.vectorByteSize();
    private static final int COLUMNS = 8;
    /** 15 groups are 120 products of at most 2 * 128: the most that 16 bits hold. */
    private static final int PANEL = 15;

    MultiplyProduct() {
        super(COLUMNS);
    }

    private static VectorSpecies<Short> species() {
        int bits = Math.min(256, Math.max(128, bits()));
        return VectorSpecies.of(short.class, VectorShape.forBitSize(bits));
    }

    /** The width of the widest vectors here. */
    static int bits() {
        return ShortVector.SPECIES_PREFERRED.vectorBitSize();
    }

    @Override
    String name() {
        return S.vectorBitSize() + " bits, multiplies";
    }

    @Override
    int lanes() {
        return LANES;
    }

    @Override
    long inputBytes(int columns) {
        return (long) groups(columns) * COLUMNS * Short.BYTES + Memory.ALIGNMENT;
    }

    @Override
    int word(byte[] codes, int from) {
        int word = 0;
        for (int i = 0; i < COLUMNS; i++) {
            word |= codes[from + i] << (2 * i);
        }
        return word;
    }

    /** The sum of the activations, then the activations in 16 bits, padded with zeros. */
    @Override
    void prepare(CodeRows q, int token, MemorySegment input, long offset) {
        int columns = q.columns();
        long codes = token * q.stride();
        int sum = 0;
        for (int column = 0; column < groups(columns) * COLUMNS; column++) {
            short code = column < columns ? q.codes().get(ValueLayout.JAVA_BYTE, codes + column) : 0;
            sum += code;
            input.set(ValueLayout.JAVA_SHORT, offset + Memory.ALIGNMENT + (long) column * Short.BYTES, code);
        }
        input.set(ValueLayout.JAVA_INT, offset, sum);
    }

    @Override
    void multiply(
            PackedTernary w, int block, MemorySegment input, int tokens, MemorySegment panel, MemorySegment sums) {
        long stride = inputBytes(w.columns());
        for (int token = 0; token < tokens; token++) {
            for (int row = 0; row < BLOCK; row += 4 * LANES) {
                rows(w, block, row, input, token * stride, panel, sums, token * BLOCK + row);
            }
        }
    }

    /** Four vectors of rows; as many sums from {@code to} on. */
    private void rows(
            PackedTernary w,
            int block,
            int row,
            MemorySegment input,
            long from,
            MemorySegment panel,
            MemorySegment sums,
            int to) {
        int groups = groups(w.columns());
        MemorySegment weights = w.packed();
        long at = blockOffset(block, w.columns()) + (long) row * Short.BYTES;
        long activation = from + Memory.ALIGNMENT;
        IntVector start = IntVector.broadcast(I, -input.get(ValueLayout.JAVA_INT, from));
        for (int i = 0; i < 4 * LANES; i += I.length()) {
            start.intoMemorySegment(sums, (long) (to + i) * Integer.BYTES, ORDER);
        }
        for (int done = 0; done < groups; done += PANEL) {
            ShortVector sum0 = ShortVector.zero(S);
            ShortVector sum1 = sum0;
            ShortVector sum2 = sum0;
            ShortVector sum3 = sum0;
            for (int group = done; group < Math.min(groups, done + PANEL); group++) {
                ShortVector w0 = ShortVector.fromMemorySegment(S, weights, at, ORDER);
                ShortVector w1 = ShortVector.fromMemorySegment(S, weights, at + 2L * LANES, ORDER);
                ShortVector w2 = ShortVector.fromMemorySegment(S, weights, at + 4L * LANES, ORDER);
                ShortVector w3 = ShortVector.fromMemorySegment(S, weights, at + 6L * LANES, ORDER);
                for (int i = 0; i < COLUMNS; i++) {
                    short x = input.get(ValueLayout.JAVA_SHORT, activation);
                    sum0 = sum0.add(w0.and((short) 3).mul(x));
                    sum1 = sum1.add(w1.and((short) 3).mul(x));
                    sum2 = sum2.add(w2.and((short) 3).mul(x));
                    sum3 = sum3.add(w3.and((short) 3).mul(x));
                    w0 = w0.lanewise(VectorOperators.LSHR, 2);
                    w1 = w1.lanewise(VectorOperators.LSHR, 2);
                    w2 = w2.lanewise(VectorOperators.LSHR, 2);
                    w3 = w3.lanewise(VectorOperators.LSHR, 2);
                    activation += Short.BYTES;
                }
                at += GROUP_BYTES;
            }
            sum0.intoMemorySegment(panel, 0, ORDER);
            sum1.intoMemorySegment(panel, VECTOR, ORDER);
            sum2.intoMemorySegment(panel, 2 * VECTOR, ORDER);
            sum3.intoMemorySegment(panel, 3 * VECTOR, ORDER);
            widen(panel, sums, (long) to * Integer.BYTES);
        }
    }

    /** Adds four vectors of 16-bit sums to 32-bit ones: of each vector the even lanes, then the odd ones. */
    private static void widen(MemorySegment panel, MemorySegment sums, long to) {
        for (int vector = 0; vector < 4; vector++) {
            IntVector pairs = IntVector.fromMemorySegment(I, panel, vector * VECTOR, ORDER);
            IntVector even = pairs.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16);
            IntVector odd = pairs.lanewise(VectorOperators.ASHR, 16);
            long at = to + 2L * vector * VECTOR;
            even.add(IntVector.fromMemorySegment(I, sums, at, ORDER)).intoMemorySegment(sums, at, ORDER);
            odd.add(IntVector.fromMemorySegment(I, sums, at + VECTOR, ORDER))
                    .intoMemorySegment(sums, at + VECTOR, ORDER);
        }
    }
}
