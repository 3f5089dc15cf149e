package bitnet.cpu.vector;

import bitnet.cpu.FloatRows;
import bitnet.cpu.GroupedTernary;
import bitnet.cpu.PackedTernary;
import bitnet.cpu.WideRows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of ternary matrices with scales of groups and wide codes, by multiplies in lanes of 16 bits, a lane a row. Rows
 * lie in blocks of {@link PackedTernary#ROW_BLOCK}; of each group follow words of eight columns of the rows, two bits a
 * weight, and their scales as floats. Not thread-safe.
 */
final class GroupedProduct {
    private static final int BLOCK = PackedTernary.ROW_BLOCK;
    /** Of a word: eight products of at most 2 * 2047 fit 16 bits. */
    private static final int COLUMNS = 8;

    private static final int CHAINS = 8;
    private static final VectorSpecies<Short> S =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Math.max(128, MultiplyProduct.bits())));
    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, S.vectorShape());
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    /** Of the rows of a block, vector by vector the even ones first. */
    private final int[] sums = new int[BLOCK];

    private final float[] exact = new float[BLOCK];
    private final float[] scales = new float[BLOCK];
    private final float[][] chains = new float[CHAINS][BLOCK];

    private static long groupBytes(int group) {
        return (long) group / COLUMNS * BLOCK * Short.BYTES + BLOCK * Float.BYTES;
    }

    /** Bytes of a packed matrix. */
    static long bytes(int rows, int columns, int group) {
        return PackedTernary.blocks(rows) * (long) Math.ceilDiv(columns, group) * groupBytes(group);
    }

    private static long block(GroupedTernary w, int block) {
        int group = w.granularity().columns();
        return block * (long) w.granularity().groups(w.columns()) * groupBytes(group);
    }

    /**
     * Brings one row into place.
     *
     * @param codes 0 to 3, padded by at least a group
     * @return its largest weight, or 1 if that is less
     */
    static int pack(GroupedTernary w, int row, byte[] codes, MemorySegment halves, long firstHalf) {
        int group = w.granularity().columns();
        long at = block(w, row / BLOCK);
        int largest = 1;
        for (int g = 0; g < w.granularity().groups(w.columns()); g++, at += groupBytes(group)) {
            for (int word = 0; word < group / COLUMNS; word++) {
                int bits = 0;
                for (int i = 0; i < COLUMNS; i++) {
                    int code = codes[g * group + word * COLUMNS + i];
                    bits |= code << (2 * i);
                    largest = Math.max(largest, code - 1);
                }
                w.packed().set(ValueLayout.JAVA_SHORT, at + (word * BLOCK + row % BLOCK) * (long) Short.BYTES, (short)
                        bits);
            }
            short half = halves.get(ValueLayout.JAVA_SHORT_UNALIGNED, firstHalf + (long) g * Short.BYTES);
            long scale = at + groupBytes(group) - (BLOCK - row % BLOCK) * (long) Float.BYTES;
            w.packed().set(ValueLayout.JAVA_FLOAT, scale, Float.float16ToFloat(half));
        }
        return largest;
    }

    /** A row as floats. */
    static void floats(GroupedTernary w, int row, float[] x) {
        int group = w.granularity().columns();
        long at = block(w, row / BLOCK);
        for (int k = 0; k < w.columns(); k++) {
            long from = at + k / group * groupBytes(group);
            long word = from + (k % group / COLUMNS * BLOCK + row % BLOCK) * (long) Short.BYTES;
            int code = w.packed().get(ValueLayout.JAVA_SHORT, word) >> (2 * (k % COLUMNS)) & 3;
            long scale = from + groupBytes(group) - (BLOCK - row % BLOCK) * (long) Float.BYTES;
            x[k] = (code - 1) * w.packed().get(ValueLayout.JAVA_FLOAT, scale);
        }
    }

    /** The product of a block of rows and a token, into {@code y}. */
    void multiply(GroupedTernary w, int block, int rowEnd, WideRows q, int token, FloatRows y, boolean add) {
        int group = w.granularity().columns();
        long at = block(w, block);
        long codes = token * q.stride() * Short.BYTES;
        for (float[] chain : chains) {
            Arrays.fill(chain, 0f);
        }
        for (int g = 0; g < w.granularity().groups(w.columns()); g++, at += groupBytes(group)) {
            for (int row = 0; row < BLOCK; row += S.length()) {
                rows(w.packed(), at + (long) row * Short.BYTES, group, q.codes(), codes, row);
            }
            MemorySegment.copy(
                    w.packed(), ValueLayout.JAVA_FLOAT, at + groupBytes(group) - BLOCK * Float.BYTES, scales, 0, BLOCK);
            chain(chains[g % CHAINS]);
            codes += (long) group * Short.BYTES;
        }
        store(block * BLOCK, rowEnd, q.steps().getAtIndex(ValueLayout.JAVA_FLOAT, token), token, y, add);
    }

    /** Sums of one vector of rows over a group. A word's products, which start from minus the activations, wrap until the last. */
    private void rows(MemorySegment weights, long at, int group, MemorySegment codes, long from, int row) {
        IntVector even = IntVector.zero(I);
        IntVector odd = even;
        for (int word = 0; word < group / COLUMNS; word++) {
            ShortVector w = ShortVector.fromMemorySegment(S, weights, at + (long) word * BLOCK * Short.BYTES, ORDER);
            long first = from + (long) word * COLUMNS * Short.BYTES;
            int start = 0;
            for (int i = 0; i < COLUMNS; i++) {
                start -= codes.get(ValueLayout.JAVA_SHORT, first + (long) i * Short.BYTES);
            }
            ShortVector sum = ShortVector.broadcast(S, (short) start);
            for (int i = 0; i < COLUMNS; i++) {
                sum = sum.add(w.and((short) 3).mul(codes.get(ValueLayout.JAVA_SHORT, first + (long) i * Short.BYTES)));
                w = w.lanewise(VectorOperators.LSHR, 2);
            }
            IntVector pairs = sum.reinterpretAsInts();
            even = even.add(pairs.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
            odd = odd.add(pairs.lanewise(VectorOperators.ASHR, 16));
        }
        even.intoArray(sums, row);
        odd.intoArray(sums, row + I.length());
    }

    private void chain(float[] chain) {
        int half = I.length();
        for (int row = 0; row < BLOCK; row += 2 * half) {
            for (int i = 0; i < half; i++) {
                exact[row + 2 * i] = sums[row + i];
                exact[row + 2 * i + 1] = sums[row + half + i];
            }
        }
        for (int row = 0; row < BLOCK; row++) {
            chain[row] = Math.fma(exact[row], scales[row], chain[row]);
        }
    }

    private void store(int first, int rowEnd, float step, int token, FloatRows y, boolean add) {
        long to = token * y.stride() + first;
        for (int row = 0; row < Math.min(BLOCK, rowEnd - first); row++) {
            float sum = chains[0][row];
            for (int chain = 1; chain < CHAINS; chain++) {
                sum += chains[chain][row];
            }
            float product = sum * step;
            float old = add ? y.data().getAtIndex(ValueLayout.JAVA_FLOAT, to + row) : 0f;
            y.data().setAtIndex(ValueLayout.JAVA_FLOAT, to + row, add ? old + product : product);
        }
    }
}
