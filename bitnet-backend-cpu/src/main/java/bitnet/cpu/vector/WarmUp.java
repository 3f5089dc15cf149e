package bitnet.cpu.vector;

import bitnet.cpu.ProductCheck;

/**
 * Runs products on a tiny matrix until the compiler has done its work: interpreted vectors are objects, and the first product
 * of a real matrix would take a quarter of a second and leave megabytes of garbage.
 */
final class WarmUp {
    private static final int ROUNDS = 1500;

    private WarmUp() {}

    static void run(VectorOperations operations) {
        for (int i = 0; i < ROUNDS; i++) {
            int wrong = ProductCheck.firstWrongRow(operations);
            if (wrong >= 0) {
                throw new bitnet.BackendFailureException("row " + wrong + " of a known product came out wrong");
            }
        }
    }
}
