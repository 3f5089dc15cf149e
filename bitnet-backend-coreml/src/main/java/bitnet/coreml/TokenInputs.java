package bitnet.coreml;

import bitnet.coreml.artifact.Function;
import bitnet.coreml.artifact.Manifest;
import bitnet.coreml.ffm.LoadedFunction;
import bitnet.model.FloatTable;
import bitnet.model.ModelConfig;
import bitnet.model.Transformer;
import bitnet.scalar.RopeTable;
import bitnet.spi.Step;
import bitnet.tensor.Dequantize;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What the host gives to the first block: embeddings, masks, and the angles and place of the tokens. */
final class TokenInputs {
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT;

    private final FloatTable embedding;
    private final MemorySegment rows;
    private final float scale;
    private final short masked;
    private final int context;
    private final int groups;
    private final int headDim;
    private final RopeTable rope;
    private final float[] row;

    TokenInputs(Transformer model, Manifest manifest) {
        ModelConfig config = model.config();
        embedding = FloatTable.require(model.embedding());
        rows = embedding.data().load(Arena.ofAuto());
        scale = manifest.residualScale();
        masked = Float.floatToFloat16(manifest.maskValue());
        context = manifest.context();
        groups = config.heads() / config.kvHeads();
        headDim = config.headDim();
        rope = new RopeTable(config.rope());
        row = new float[config.hidden()];
    }

    /**
     * Fills the inputs of a function.
     *
     * @param tokens of its batch
     * @param first the first row of the step
     * @param count rows; tokens behind them are padding, which stands at the positions that follow
     */
    void fill(LoadedFunction function, int tokens, Step step, int first, int count) {
        int position = step.position(first);
        function.input(Function.POSITION).setAtIndex(ValueLayout.JAVA_INT, 0, position);
        MemorySegment x = function.input(Function.X);
        x.fill((byte) 0);
        for (int t = 0; t < count; t++) {
            embed(step.token(first + t), x, t, tokens);
        }
        for (int t = 0; t < tokens; t++) {
            turn(position + t, function.input(Function.COS), function.input(Function.SIN), t);
            for (int group = 0; group < groups; group++) {
                see(position + t + 1, function.input(Function.MASK), group * tokens + t);
            }
        }
    }

    private void embed(int token, MemorySegment x, int t, int tokens) {
        long rowBytes = embedding.type().rowBytes(row.length);
        Dequantize.row(embedding.type(), rows, token * rowBytes, row.length, row);
        for (int channel = 0; channel < row.length; channel++) {
            x.setAtIndex(HALF, (long) channel * tokens + t, Float.floatToFloat16(row[channel] * scale));
        }
    }

    private void turn(int position, MemorySegment cos, MemorySegment sin, int t) {
        float[] page = rope.page(position);
        int from = rope.rowFrom(position);
        int half = headDim / 2;
        for (int d = 0; d < headDim; d++) {
            long at = (long) t * headDim + d;
            cos.setAtIndex(HALF, at, Float.floatToFloat16(page[from + d % half]));
            sin.setAtIndex(HALF, at, Float.floatToFloat16(page[from + half + d % half]));
        }
    }

    /** The first {@code positions} of the context, and no others. */
    private void see(int positions, MemorySegment mask, int maskRow) {
        long from = (long) maskRow * context;
        for (int i = 0; i < context; i++) {
            mask.setAtIndex(HALF, from + i, i < positions ? 0 : masked);
        }
    }
}
