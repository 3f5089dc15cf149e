package bitnet.cpu.vector;

import bitnet.HeadType;
import bitnet.cpu.ProductCheck;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Runs products on a tiny matrix until the compiler has done its work: interpreted vectors are objects, and the first product
 * of a real matrix would take a quarter of a second and leave megabytes of garbage.
 */
final class WarmUp {
    private static final int ROUNDS = 3000;
    private static final long ROW = 1024;

    private WarmUp() {}

    /** Of an int8 head too, if there will be one. */
    static void run(VectorOperations operations, HeadType head) {
        try (ProductCheck check = new ProductCheck(operations)) {
            for (int i = 0; i < ROUNDS; i++) {
                check.multiply();
            }
        }
        if (head == HeadType.INT8) {
            MemorySegment codes = Arena.ofAuto().allocate(ROW);
            for (int i = 0; i < ROUNDS; i++) {
                Int8Product.sum(codes, 0, codes, 0, ROW);
            }
        }
    }
}
