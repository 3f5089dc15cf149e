package bitnet.coreml.export;

import bitnet.coreml.artifact.Feature;
import bitnet.coreml.artifact.FeatureType;
import bitnet.coreml.artifact.Function;
import bitnet.coreml.mil.FunctionBuilder;
import bitnet.coreml.mil.Literal;
import bitnet.coreml.mil.Operations;
import bitnet.coreml.mil.Var;
import bitnet.model.ModelConfig;
import java.util.List;

/**
 * Attention over a state that holds keys and values of all layers. Nothing has more than four dimensions: the queries that
 * share a key are rows of one matrix, {@code (1, kvHeads, heads / kvHeads * tokens, headDim)}, so that keys and values are
 * not repeated. Queries come scaled by the root of the head's dimensions.
 */
final class AttentionGraph {
    private final ModelConfig config;
    private final int tokens;
    private final int context;
    private final Operations operations;
    private final Feature state;
    private final Var mask;
    private final Var cos;
    private final Var sin;
    private final Var position;
    private final Var end;

    /** Declares the inputs and the state. */
    AttentionGraph(ModelConfig config, int tokens, int context, FunctionBuilder function, Operations operations) {
        this.config = config;
        this.tokens = tokens;
        this.context = context;
        this.operations = operations;
        int rows = config.heads() / config.kvHeads() * tokens;
        mask = function.input(half(Function.MASK, 1, 1, rows, context));
        cos = function.input(half(Function.COS, 1, 1, tokens, config.headDim()));
        sin = function.input(half(Function.SIN, 1, 1, tokens, config.headDim()));
        position = function.input(new Feature(Function.POSITION, FeatureType.INT32, List.of(1)));
        state = half(Function.KV, 2 * config.layers(), config.kvHeads(), context, config.headDim());
        function.state(state);
        end = operations.add(position, operations.constant("tokens", Literal.integers(tokens)));
    }

    private static Feature half(String name, Integer... shape) {
        return new Feature(name, FeatureType.FLOAT16, List.of(shape));
    }

    /**
     * Rotates queries and keys, and writes keys and values into the state.
     *
     * @param qkv columns of the three products
     * @return the queries, {@code (1, heads, tokens, headDim)}, the keys and the values
     */
    Var[] ropeStore(int layer, Var[] qkv) {
        Var queries = rotate(rows(qkv[0], config.heads()));
        Var keys = rotate(rows(qkv[1], config.kvHeads()));
        Var values = rows(qkv[2], config.kvHeads());
        Var begin = corner(2 * layer, 0, position, 0);
        Var behind = corner(2 * layer + 2, config.kvHeads(), end, config.headDim());
        Var update = operations.concat(0, keys, values);
        operations.writeState(state, operations.sliceUpdate(operations.readState(state), update, begin, behind));
        return new Var[] {queries, keys, values};
    }

    /** What the queries see: columns, {@code (1, heads * headDim, 1, tokens)}. */
    Var attend(int layer, Var queries) {
        Var all = operations.readState(state);
        Var keys = ofLayer(all, 2 * layer);
        Var values = ofLayer(all, 2 * layer + 1);
        int group = config.heads() / config.kvHeads();
        Var rows = operations.reshape(queries, 1, config.kvHeads(), group * tokens, config.headDim());
        Var scores = operations.add(operations.matmul("scores", rows, keys, true), mask);
        Var seen = operations.matmul("attended", operations.softmax(scores, -1), values, false);
        Var heads = operations.reshape(seen, 1, config.heads(), tokens, config.headDim());
        return operations.reshape(operations.transpose(heads, 0, 1, 3, 2), 1, config.queryWidth(), 1, tokens);
    }

    /** From columns, {@code (1, heads * headDim, 1, tokens)}, to rows, {@code (1, heads, tokens, headDim)}. */
    private Var rows(Var columns, int heads) {
        return operations.transpose(operations.reshape(columns, 1, heads, config.headDim(), tokens), 0, 1, 3, 2);
    }

    /** {@code x cos + (-b, a) sin}, where {@code a} and {@code b} are the halves of {@code x}. */
    private Var rotate(Var x) {
        int heads = x.dimension(1);
        int half = config.headDim() / 2;
        Var a = operations.slice(x, new int[4], 1, heads, tokens, half);
        Var b = operations.slice(x, new int[] {0, 0, 0, half}, 1, heads, tokens, half);
        Var minus = operations.mul(b, operations.constant("minus_one", Literal.half(-1)));
        Var turned = operations.concat(3, minus, a);
        return operations.add(operations.mul(x, cos), operations.mul(turned, sin));
    }

    private Var ofLayer(Var all, int row) {
        return operations.slice(all, new int[] {row, 0, 0, 0}, 1, config.kvHeads(), context, config.headDim());
    }

    private Var corner(int row, int head, Var at, int dimension) {
        return operations.concat(
                0,
                operations.constant("row", Literal.integers(row)),
                operations.constant("head", Literal.integers(head)),
                at,
                operations.constant("dimension", Literal.integers(dimension)));
    }
}
