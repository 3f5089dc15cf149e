package bitnet.cli;

import bitnet.KvType;
import bitnet.model.FloatTable;
import bitnet.model.Layer;
import bitnet.model.ModelConfig;
import bitnet.model.TernaryTensor;
import bitnet.model.Transformer;

/**
 * What a model makes a machine do, at least.
 *
 * @param ternaryWeights weights that every token is multiplied by
 * @param headBytes the head, as it is stored
 * @param kvBytes keys and values of one position
 * @param attentionProducts float multiply-and-adds of one token for each position that it looks at
 */
record Workload(long ternaryWeights, long headBytes, long kvBytes, long attentionProducts) {
    /** Weights in a byte, at two bits each. */
    private static final long WEIGHTS_IN_BYTE = 4;

    static Workload of(Transformer model, KvType kv) {
        ModelConfig config = model.config();
        long weights = 0;
        for (Layer layer : model.layers()) {
            for (TernaryTensor tensor : layer.matrices()) {
                weights += (long) tensor.rows() * tensor.columns();
            }
        }
        FloatTable head = model.head();
        return new Workload(
                weights,
                head.data().byteSize(),
                2L * config.layers() * config.kvWidth() * kv.bytes(),
                2L * config.layers() * config.queryWidth());
    }

    /** Bytes that have to be read for one token after {@code positions} others: weights at two bits, head, keys and values. */
    double decodeBytes(double positions) {
        return (double) ternaryWeights / WEIGHTS_IN_BYTE + headBytes + positions * kvBytes;
    }
}
