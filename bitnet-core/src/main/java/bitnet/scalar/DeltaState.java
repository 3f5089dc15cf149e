package bitnet.scalar;

import bitnet.model.DeltaShape;
import bitnet.spi.KvMemory;

/**
 * What a sequence has of all layers of gated DeltaNet.
 *
 * @param matrices of each layer, of each value head
 * @param histories of each layer's convolution
 */
record DeltaState(float[][] matrices, float[][] histories) implements KvMemory.State {
    static DeltaState of(DeltaShape shape) {
        return new DeltaState(
                new float[shape.layers()][Math.toIntExact(shape.matrixFloats())],
                new float[shape.layers()][Math.toIntExact(shape.historyFloats())]);
    }

    void copyFrom(DeltaState source) {
        for (int i = 0; i < matrices.length; i++) {
            System.arraycopy(source.matrices[i], 0, matrices[i], 0, matrices[i].length);
            System.arraycopy(source.histories[i], 0, histories[i], 0, histories[i].length);
        }
    }
}
