package bitnet.cpu.vector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * A row of int8 codes times a row of int8 activations, by multiplies in lanes of 16 bits: of the scalar loop the compiler makes
 * no vectors.
 */
final class Int8Product {
    /** Rows are padded with zeros to a multiple of this many: two of the widest vectors. */
    private static final int PADDING = 64;

    private static final VectorSpecies<Short> S =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Math.max(128, MultiplyProduct.bits())));
    private static final int LANES = S.length();
    private static final VectorSpecies<Byte> B = VectorSpecies.of(byte.class, VectorShape.forBitSize(8 * LANES));
    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, S.vectorShape());
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private Int8Product() {}

    /** Codes from one row to the next. */
    static long stride(int columns) {
        return Math.ceilDiv(columns, PADDING) * (long) PADDING;
    }

    /**
     * The sum of {@code stride} products, of codes from offset {@code at} on and activations from {@code from} on. Two products
     * fit 16 bits, 2 * 127 * 128 at most; they are added to lanes of 32. No vector is passed to a method: where the compiler
     * does not inline it, that is an object.
     */
    static int sum(MemorySegment codes, long at, MemorySegment q, long from, long stride) {
        IntVector sum = IntVector.zero(I);
        for (long i = 0; i < stride; i += 2L * LANES) {
            ShortVector c0 = (ShortVector)
                    ByteVector.fromMemorySegment(B, codes, at + i, ORDER).convertShape(VectorOperators.B2S, S, 0);
            ShortVector c1 = (ShortVector) ByteVector.fromMemorySegment(B, codes, at + i + LANES, ORDER)
                    .convertShape(VectorOperators.B2S, S, 0);
            ShortVector q0 = (ShortVector)
                    ByteVector.fromMemorySegment(B, q, from + i, ORDER).convertShape(VectorOperators.B2S, S, 0);
            ShortVector q1 = (ShortVector)
                    ByteVector.fromMemorySegment(B, q, from + i + LANES, ORDER).convertShape(VectorOperators.B2S, S, 0);
            IntVector pairs = c0.mul(q0).add(c1.mul(q1)).reinterpretAsInts();
            IntVector even = pairs.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16);
            sum = sum.add(even).add(pairs.lanewise(VectorOperators.ASHR, 16));
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }
}
