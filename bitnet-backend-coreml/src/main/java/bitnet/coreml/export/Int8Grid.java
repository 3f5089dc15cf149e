package bitnet.coreml.export;

import bitnet.coreml.mil.Literal;
import bitnet.coreml.mil.Operations;
import bitnet.coreml.mil.Var;

/**
 * Rounds activations to the 8-bit grid that the model was trained with: a token's largest magnitude is 127 steps. The values
 * stay as they are instead of becoming codes, whose sums would leave F16. F16 itself rounds on the way, so that where a value lies close
 * to the middle between two steps it may end on the other one.
 */
final class Int8Grid {
    private static final float LEAST = 1e-5f;

    private Int8Grid() {}

    /** Appends the rounding of columns, {@code (1, width, 1, tokens)}. */
    static Var append(Operations operations, Var x) {
        Var steps = operations.constant("steps", Literal.half(127));
        Var largest = operations.maximum(
                operations.reduceMax(operations.abs(x), 1), operations.constant("least", Literal.half(LEAST)));
        Var codes = operations.round(operations.mul(operations.divide(x, largest), steps));
        return operations.mul(operations.divide(codes, steps), largest);
    }
}
