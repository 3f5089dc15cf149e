package bitnet.cli;

import bitnet.HeadType;
import bitnet.KvType;
import bitnet.model.FloatTable;
import bitnet.model.HadamardRotation;
import bitnet.model.Head;
import bitnet.model.Layer;
import bitnet.model.ModelConfig;
import bitnet.model.Pooling;
import bitnet.model.TernaryTable;
import bitnet.model.TernaryTensor;
import bitnet.model.TokenTable;
import bitnet.model.Transformer;
import java.util.OptionalLong;

/**
 * What a model makes a machine do, at least.
 *
 * @param ternaryWeights weights that every token is multiplied by
 * @param scaleBytes scales of their groups; 0 where matrices have one scale
 * @param headBytes the head, as it is stored, or int8 codes with a scale a row
 * @param kvBytes keys and values of one position
 * @param screenBytes an int8 copy of the head with four numbers a row; empty where the head is as small as that, or is int8
 */
record Workload(long ternaryWeights, long scaleBytes, long headBytes, long kvBytes, OptionalLong screenBytes) {
    /** Weights in a byte, at two bits each. */
    private static final long WEIGHTS_IN_BYTE = 4;

    static Workload of(Transformer model, KvType kv, HeadType headType) {
        ModelConfig config = model.config();
        long weights = 0;
        long scaleBytes = 0;
        for (Layer layer : model.layers()) {
            for (TernaryTensor tensor : layer.matrices()) {
                weights += (long) tensor.rows() * tensor.columns();
                scaleBytes += scaleBytes(tensor);
            }
        }
        long kvBytes = 2L * config.attentionLayers() * config.kvWidth() * kv.bytes();
        return switch (model.output()) {
            case Pooling _ -> new Workload(weights, scaleBytes, 0, kvBytes, OptionalLong.empty());
            case Head(TokenTable head, HadamardRotation _) ->
                new Workload(
                        weights,
                        scaleBytes,
                        headBytes(head, headType),
                        kvBytes,
                        head instanceof FloatTable table && headType == HeadType.EXACT
                                ? screenBytes(table)
                                : OptionalLong.empty());
        };
    }

    private static long scaleBytes(TernaryTensor tensor) {
        return (long) Short.BYTES * tensor.rows() * tensor.granularity().groups(tensor.columns());
    }

    private static long headBytes(TokenTable head, HeadType type) {
        return switch (head) {
            case TernaryTable ternary -> {
                long weights = (long) head.rows() * head.columns();
                yield weights / WEIGHTS_IN_BYTE + scaleBytes(ternary.tensor());
            }
            case FloatTable _ when type == HeadType.INT8 -> head.rows() * (head.columns() + (long) Float.BYTES);
            case FloatTable table -> table.data().byteSize();
        };
    }

    private static OptionalLong screenBytes(FloatTable head) {
        long bytes = head.rows() * (head.columns() + 4L * Float.BYTES);
        boolean smaller = switch (head.type()) {
            case F32, F16, BF16 -> true;
            case Q8_0, Q6_K, Q5_0, Q4_0 -> false;
        };
        return smaller ? OptionalLong.of(bytes) : OptionalLong.empty();
    }

    /** Bytes that one token after {@code positions} others reads before the head: weights at two bits, scales, keys and values. */
    double layerBytes(double positions) {
        return (double) ternaryWeights / WEIGHTS_IN_BYTE + scaleBytes + positions * kvBytes;
    }
}
