package bitnet.model;

/**
 * The shape of a model's {@link GatedDeltaNet} layers. What a sequence has of them is of fixed size, however long it is: for each
 * layer the last inputs of the convolution, and a matrix of {@code headDim} by {@code headDim} floats for each value head.
 *
 * @param layers how many layers of the model are such
 * @param keyHeads heads of queries, and of keys
 * @param valueHeads heads of values; a multiple of {@code keyHeads}. Value head {@code h} goes with key head {@code h % keyHeads}
 * @param headDim dimensions of every head
 * @param kernel tokens that the convolution sees, the last of which is the own one
 */
public record DeltaShape(int layers, int keyHeads, int valueHeads, int headDim, int kernel) {
    /** @throws IllegalArgumentException if a number is out of range or two of them disagree */
    public DeltaShape {
        if (layers < 1 || keyHeads < 1 || valueHeads < 1 || headDim < 1 || kernel < 1) {
            throw new IllegalArgumentException("layers " + layers + ", keyHeads " + keyHeads + ", valueHeads "
                    + valueHeads + ", headDim " + headDim + ", kernel " + kernel);
        }
        if (valueHeads % keyHeads != 0) {
            throw new IllegalArgumentException(
                    "valueHeads (" + valueHeads + ") is not a multiple of keyHeads (" + keyHeads + ")");
        }
        Math.multiplyExact(headDim, Math.addExact(Math.multiplyExact(2, keyHeads), valueHeads));
    }

    /** Width of the queries, and of the keys. */
    public int keyWidth() {
        return keyHeads * headDim;
    }

    /** Width of the values, of their gate and of the result. */
    public int valueWidth() {
        return valueHeads * headDim;
    }

    /** Width of queries, keys and values together, which go through the convolution. */
    public int channels() {
        return 2 * keyWidth() + valueWidth();
    }

    /** Floats of a sequence's matrices of one layer. */
    public long matrixFloats() {
        return (long) valueWidth() * headDim;
    }

    /** Floats that a sequence keeps of the convolution of one layer. */
    public long historyFloats() {
        return (long) (kernel - 1) * channels();
    }

    /** Floats that a sequence has of all layers. */
    public long stateFloats() {
        return layers * (matrixFloats() + historyFloats());
    }

    /** The place of a value head among those that follow each other by key head, where heads of one key head are neighbours. */
    public int grouped(int valueHead) {
        return valueHead % keyHeads * (valueHeads / keyHeads) + valueHead / keyHeads;
    }
}
