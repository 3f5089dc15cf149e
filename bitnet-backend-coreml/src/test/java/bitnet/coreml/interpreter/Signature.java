package bitnet.coreml.interpreter;

import java.util.Map;
import java.util.Set;

/**
 * The parameters of an operation in the opset of iOS 18, as coremltools defines them.
 *
 * @param values parameters that take any value, all of them required
 * @param constants parameters that take constants, all of them required
 */
record Signature(Set<String> values, Set<String> constants) {
    private static final Signature UNARY = of(Set.of("x"));
    private static final Signature BINARY = of(Set.of("x", "y"));

    /** What exported programs may use. */
    static final Map<String, Signature> ALL = Map.ofEntries(
            Map.entry("const", of(Set.of())),
            Map.entry("constexpr_lut_to_dense", of(Set.of(), "indices", "lut")),
            Map.entry("conv", of(Set.of("x", "weight"), "strides", "pad_type", "pad", "dilations", "groups")),
            Map.entry("matmul", of(Set.of("x", "y"), "transpose_x", "transpose_y")),
            Map.entry("add", BINARY),
            Map.entry("mul", BINARY),
            Map.entry("real_div", BINARY),
            Map.entry("maximum", BINARY),
            Map.entry("relu", UNARY),
            Map.entry("silu", UNARY),
            Map.entry("abs", UNARY),
            Map.entry("round", UNARY),
            Map.entry("reduce_max", of(Set.of("x"), "axes", "keep_dims")),
            Map.entry("layer_norm", of(Set.of("x"), "axes", "epsilon")),
            Map.entry("softmax", of(Set.of("x"), "axis")),
            Map.entry("concat", of(Set.of("values"), "axis", "interleave")),
            Map.entry("slice_by_size", of(Set.of("x"), "begin", "size")),
            Map.entry("reshape", of(Set.of("x"), "shape")),
            Map.entry("transpose", of(Set.of("x"), "perm")),
            Map.entry("read_state", of(Set.of("input"))),
            Map.entry("write_state", of(Set.of("input", "data"))),
            Map.entry("slice_update", of(Set.of("x", "update", "begin", "end"))));

    private static Signature of(Set<String> values, String... constants) {
        return new Signature(values, Set.of(constants));
    }
}
