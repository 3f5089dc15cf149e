package bitnet.scalar;

import bitnet.KvType;
import bitnet.model.ModelConfig;
import bitnet.spi.KvMemory;
import java.lang.foreign.MemorySegment;

/**
 * Keys and values of {@value #POSITIONS} positions. A layer has them head by head: the keys with positions next to each other,
 * then the values with dimensions next to each other, as attention runs over them.
 */
record KvPage(LayerPage[] layers) implements KvMemory.Page {
    /** Positions of a page, which is also the chunk of the softmax. */
    static final int POSITIONS = KvMemory.PAGE;

    static KvPage of(ModelConfig config, KvType type) {
        LayerPage[] layers = new LayerPage[config.attentionLayers()];
        for (int i = 0; i < layers.length; i++) {
            layers[i] = LayerPage.of(type, elements(config));
        }
        return new KvPage(layers);
    }

    private static int elements(ModelConfig config) {
        return Math.multiplyExact(2 * config.kvWidth(), POSITIONS);
    }

    /** Bytes of a page. */
    static long bytes(ModelConfig config, KvType type) {
        return (long) config.attentionLayers() * elements(config) * type.bytes();
    }

    void copyFrom(KvPage source) {
        for (int i = 0; i < layers.length; i++) {
            layers[i].data().copyFrom(source.layers[i].data());
        }
    }

    void write(MemorySegment to) {
        long at = 0;
        for (LayerPage layer : layers) {
            MemorySegment data = layer.data();
            MemorySegment.copy(data, 0, to, at, data.byteSize());
            at += data.byteSize();
        }
    }

    void read(MemorySegment from) {
        long at = 0;
        for (LayerPage layer : layers) {
            MemorySegment data = layer.data();
            MemorySegment.copy(from, at, data, 0, data.byteSize());
            at += data.byteSize();
        }
    }
}
