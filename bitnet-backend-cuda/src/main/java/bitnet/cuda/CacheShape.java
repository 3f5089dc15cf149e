package bitnet.cuda;

import bitnet.KvType;
import bitnet.cuda.gen.BitnetCuda;
import bitnet.cuda.gen.bitnet_heads;
import bitnet.model.ModelConfig;
import java.lang.foreign.MemorySegment;

/**
 * How keys and values lie in pages.
 *
 * @param config the model's
 * @param kvType of the elements
 */
record CacheShape(ModelConfig config, KvType kvType) {
    /** Positions of a page. */
    static final int PAGE = 64;

    /** Dimensions of a head, in eights. */
    int paddedDim() {
        return Math.ceilDiv(config.headDim(), 8) * 8;
    }

    int elementBytes() {
        return kvType == KvType.F16 ? Short.BYTES : Float.BYTES;
    }

    /** Keys and values of one head in a page. */
    int tileBytes() {
        return 2 * PAGE * paddedDim() * elementBytes();
    }

    /** A page of all layers that attend. */
    long pageBytes() {
        return (long) config.attentionLayers() * config.kvHeads() * tileBytes();
    }

    /** Query heads that share keys. */
    int group() {
        return config.heads() / config.kvHeads();
    }

    void describe(MemorySegment to) {
        bitnet_heads.heads(to, config.heads());
        bitnet_heads.kv_heads(to, config.kvHeads());
        bitnet_heads.head_dim(to, config.headDim());
        bitnet_heads.padded_dim(to, paddedDim());
        bitnet_heads.kv_type(to, kvType == KvType.F16 ? BitnetCuda.BITNET_KV_F16() : BitnetCuda.BITNET_KV_F32());
    }
}
