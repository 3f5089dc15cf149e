package bitnet.cpu.vector;

import bitnet.cpu.ProductCheck;

/**
 * Runs products on a tiny matrix until the compiler has done its work: interpreted vectors are objects, and the first product
 * of a real matrix would take a quarter of a second and leave megabytes of garbage.
 */
final class WarmUp {
    private static final int ROUNDS = 3000;

    private WarmUp() {}

    static void run(VectorOperations operations) {
        try (ProductCheck check = new ProductCheck(operations)) {
            for (int i = 0; i < ROUNDS; i++) {
                check.multiply();
            }
        }
    }
}
