package bitnet.spi;

import bitnet.HeadType;
import bitnet.model.Activation;
import bitnet.model.ActivationPrecision;
import bitnet.model.AttentionScope;
import bitnet.model.FloatTable;
import bitnet.model.GatedDeltaNet;
import bitnet.model.HadamardRotation;
import bitnet.model.TernaryTensor;
import bitnet.model.TokenTable;
import java.util.List;

/**
 * The operations that the forward pass is made of, on memory that the backend owns. What each one computes, to the bit, is
 * in {@code docs/numerics.md}; the scalar kernels in {@code bitnet.scalar} are its executable form.
 *
 * <p>Operations run inside {@link #run}, on the rows of its {@link Step}. A backend may execute each call at once, or record
 * the calls and replay them. One thread at a time calls an instance.
 */
public interface Kernels extends KvMemory, AutoCloseable {
    /** Rows of floats, one for each token of a step. */
    interface Floats {}

    /** Rows of integer codes with their scales, one for each token of a step. */
    interface Quantized {}

    /** The weights of a norm. */
    interface Gain {}

    /** A ternary matrix in the backend's layout. */
    interface TernaryMatrix {}

    /** An embedding in the backend's layout. */
    interface Embedding {}

    /** An output head in the backend's layout. */
    interface Head {}

    /** A float matrix in the backend's layout. */
    interface FloatMatrix {}

    /** A {@link HadamardRotation} in the backend's layout. */
    interface Hadamard {}

    /** The weights of a {@link GatedDeltaNet} between its projections. */
    interface DeltaNet {}

    /** Room for a step's rows of {@code columns} floats. */
    Floats floats(int columns);

    /** Room for a step's rows of {@code columns} codes of a precision. */
    Quantized quantized(int columns, ActivationPrecision precision);

    /** Takes the weights of a norm. */
    Gain gain(float[] weights);

    /**
     * Takes ternary matrices of equal columns and granularity, stacked: the product has the rows of the first, then of the
     * second, and so on, each with its own scales. It is multiplied by codes of its granularity's precision.
     */
    TernaryMatrix ternary(List<TernaryTensor> stacked);

    /** Takes an embedding. */
    Embedding embedding(TokenTable table);

    /**
     * Takes a head. Given the table that is also the embedding, a backend may share the memory of an exact one; one of
     * another type is made of the table here ({@link bitnet.tensor.Int8Rows} for {@link HeadType#INT8}). A ternary table has
     * an exact head alone.
     *
     * @throws UnsupportedByBackendException if the backend lacks this type; better thrown by
     *     {@link KernelBackend#compile}, before weights are loaded
     */
    Head head(TokenTable table, HeadType type);

    /** Takes a small float matrix ({@link ModelFeature#DELTA_NET}). */
    default FloatMatrix matrix(FloatTable table) {
        throw new UnsupportedOperationException("no float matrices");
    }

    /** Takes a rotation ({@link ModelFeature#ROTATIONS}). */
    default Hadamard hadamard(HadamardRotation rotation) {
        throw new UnsupportedOperationException("no rotations of activations");
    }

    /** Takes what a gated DeltaNet has beside its projections ({@link ModelFeature#DELTA_NET}). */
    default DeltaNet deltaNet(GatedDeltaNet weights) {
        throw new UnsupportedOperationException("no gated DeltaNet");
    }

    /**
     * Some columns of rows, as rows of their own in the same memory, for {@link #ternaryMatmul} and {@link
     * #floatMatmul} to write ({@link ModelFeature#INPUT_NORMS}, {@link ModelFeature#DELTA_NET}).
     */
    default Floats part(Floats rows, int from, int columns) {
        throw new UnsupportedOperationException("no parts of rows");
    }

    /**
     * Says that {@link #ropeStore} and {@link #attention} of a layer have another scope than the model's ({@link
     * ModelFeature#ATTENTION_SCOPES}). Before the first step.
     */
    default void attends(int layer, AttentionScope scope) {
        throw new UnsupportedOperationException("no scopes of layers");
    }

    /** Runs one step: {@code program} calls the operations below, the same ones for every step of as many rows. */
    void run(Step step, Runnable program);

    /** {@code x = table[token]}. */
    void embed(Embedding table, Floats x);

    /** {@code x = x * factor} ({@link ModelFeature#EMBEDDING_SCALE}). */
    default void scale(Floats x, float factor) {
        throw new UnsupportedOperationException("no kernel for scales of embeddings");
    }

    /**
     * {@code y = H(s * x)}, for the rows that the step still computes: behind {@link #outputNorm} those that want logits ({@link
     * ModelFeature#ROTATIONS}).
     *
     * @param y may be {@code x}
     */
    default void rotate(Hadamard rotation, Floats x, Floats y) {
        throw new UnsupportedOperationException("no kernel for rotations of activations");
    }

    /** {@code x = s * H(x)}: the inverse of {@link #rotate}. */
    default void rotateBack(Hadamard rotation, Floats x) {
        throw new UnsupportedOperationException("no kernel for rotations of activations");
    }

    /** {@code y = w x} in floats, as the logits of an exact head ({@link ModelFeature#DELTA_NET}). */
    default void floatMatmul(FloatMatrix w, Floats x, Floats y) {
        throw new UnsupportedOperationException("no kernel for float matrices");
    }

    /** {@code y = rmsNorm(x) * gain}, for all rows ({@link ModelFeature#INPUT_NORMS}). */
    default void norm(Floats x, Gain gain, Floats y) {
        throw new UnsupportedOperationException("no kernel for norms without quantisation");
    }

    /** {@code x = x + rmsNorm(y) * gain} ({@link ModelFeature#NORMS_AFTER}). */
    default void normAdd(Floats y, Gain gain, Floats x) {
        throw new UnsupportedOperationException("no kernel for norms of what is added");
    }

    /** {@code q = quantise(rmsNorm(x) * gain)}. */
    void normQuantize(Floats x, Gain gain, Quantized q);

    /** {@code q = quantise(x)}. */
    void quantize(Floats x, Quantized q);

    /** {@code y = w q}. */
    void ternaryMatmul(TernaryMatrix w, Quantized q, Floats y);

    /** {@code x = x + w q}. */
    void ternaryMatmulAdd(TernaryMatrix w, Quantized q, Floats x);

    /**
     * RMSNorm of every head of the queries and keys of {@code qkv}, in place, before {@link #ropeStore}: for models with norms
     * there ({@link ModelFeature#HEAD_NORMS}).
     *
     * @param query weights for each query head, as many as a head has dimensions
     * @param key likewise, for each key head
     */
    default void headNorm(Gain query, Gain key, Floats qkv) {
        throw new UnsupportedOperationException("no kernel for norms of heads");
    }

    /**
     * Rotates the queries and keys of {@code qkv} by position and stores keys and values in the cache.
     *
     * @param layer among those that attend
     * @param qkv queries, keys and values, and behind them maybe more
     */
    void ropeStore(int layer, Floats qkv);

    /** {@code out = softmax(q k) v} over the positions that each row's query sees. */
    void attention(int layer, Floats qkv, Floats out);

    /**
     * {@code out = out * sigmoid(gate)}, where the gate stands behind queries, keys and values ({@link
     * ModelFeature#ATTENTION_GATES}).
     */
    default void attentionGate(Floats qkv, Floats out) {
        throw new UnsupportedOperationException("no kernel for gates of attention");
    }

    /**
     * What a gated DeltaNet computes between its projections: convolution, normalisation, the state's step and the gated norm. A
     * row's result follows from the rows of its sequence before it, by way of its {@link KvMemory.State} ({@link
     * ModelFeature#DELTA_NET}).
     *
     * @param layer among those of gated DeltaNet
     * @param mixed of each row queries, keys and values before the convolution, the gate, what {@code alpha} gave and what {@code
     *     beta} gave; may be overwritten
     * @param out the result, {@code valueWidth} floats a row
     */
    default void deltaNet(int layer, DeltaNet weights, Floats mixed, Floats out) {
        throw new UnsupportedOperationException("no kernel for gated DeltaNet");
    }

    /**
     * Says that from here on only the rows that want logits matter, and of earlier results only what these two buffers hold. A
     * backend may then move those rows to the front of both and go on with them alone, {@link #outputNorm} included; by default
     * it goes on with all. Behind the last layer's attention, which saves its other products for all but one token of a prompt.
     */
    default void keepOutputs(Floats attended, Floats residual) {}

    /** {@code h = activation(gate) * up}; a row of {@code gateUp} is the gate, then up. */
    void gate(Activation activation, Floats gateUp, Floats h);

    /** {@code y = rmsNorm(x) * gain}, for the rows that want logits only, which become the first rows of {@code y}. */
    void outputNorm(Floats x, Gain gain, Floats y);

    /**
     * Fills the {@link Logits} of the step from the rows that {@link #outputNorm} made; they are complete when {@link #run}
     * returns. How depends on the head's type; for {@link HeadType#INT8} and for a ternary table the rows are quantised first.
     */
    void logits(Head head, Floats y);

    /**
     * Fills the {@link Logits} of the step, which have as many values as {@code y} has columns, with the rows that {@link
     * #outputNorm} made: for models without a head ({@link ModelFeature#POOLING}).
     */
    default void states(Floats y) {
        throw new UnsupportedOperationException("no kernel for models without a head");
    }

    /** Bytes held, caches not counted. */
    long memoryBytes();

    /** Frees everything, caches included. */
    @Override
    void close();
}
