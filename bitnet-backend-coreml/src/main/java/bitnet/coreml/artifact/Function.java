package bitnet.coreml.artifact;

import java.util.List;

/**
 * A function of a package. All functions of a package share its weights, and a state that one has written another may read.
 *
 * @param name by which Core ML loads it
 * @param inputs what it takes
 * @param outputs what it gives
 * @param states what it keeps between calls
 */
public record Function(String name, List<Feature> inputs, List<Feature> outputs, List<Feature> states) {
    /** Of {@link Role#BLOCKS}: takes {@link Manifest#prefillBatch()} tokens. */
    public static final String PREFILL = "prefill";
    /** Of {@link Role#BLOCKS}: takes one token. */
    public static final String DECODE = "decode";
    /** Of {@link Role#HEAD}: takes one token. */
    public static final String HEAD = "head";

    /** The residual stream, {@code (1, hidden, 1, tokens)}, times {@link Manifest#residualScale()}; of every function. */
    public static final String X = "x";
    /** {@code (1, 1, heads / kvHeads * tokens, context)}: 0 where a token sees a position, else {@link Manifest#maskValue()}. Row {@code g * tokens + t} belongs to token {@code t}. */
    public static final String MASK = "mask";
    /** {@code (1, 1, tokens, headDim)}: cosines of the tokens' angles, twice in a row. */
    public static final String COS = "cos";
    /** {@code (1, 1, tokens, headDim)}: sines of the tokens' angles, twice in a row. */
    public static final String SIN = "sin";
    /** {@code (1)}: the position of the first token. */
    public static final String POSITION = "position";
    /** {@code (2 * layers, kvHeads, context, headDim)}: keys of the package's layer {@code i} at {@code 2 * i}, values behind them. */
    public static final String KV = "kv";
    /** The residual stream after the package's blocks, shaped and scaled as {@link #X}. */
    public static final String Y = "y";

    /** Copies the lists. */
    public Function {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        states = List.copyOf(states);
    }
}
