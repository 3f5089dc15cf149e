package bitnet.coreml;

import bitnet.coreml.artifact.Feature;
import bitnet.coreml.artifact.Function;
import bitnet.coreml.ffm.LoadedFunction;
import bitnet.spi.Logits;
import bitnet.spi.Step;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** The head: its packages, whose parts of the logits are put side by side. */
final class HeadLogits {
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT;

    private final List<LoadedFunction> functions;
    private final float[] scores;

    HeadLogits(List<LoadedFunction> functions, int vocabulary) {
        this.functions = functions;
        this.scores = new float[vocabulary];
    }

    /**
     * Fills the logits of those rows of a step that want them.
     *
     * @param row the first row that went through the blocks
     * @param count how many did
     * @throws CoreMlException if Core ML fails
     */
    void fill(Step step, int row, int count, Blocks blocks) {
        for (int i = 0; i < step.outputs(); i++) {
            int at = step.outputRow(i) - row;
            if (at >= 0 && at < count) {
                fill(step.target(i), blocks.output(), at, blocks.tokens());
            }
        }
    }

    private void fill(Logits target, MemorySegment y, int token, int tokens) {
        int next = 0;
        for (LoadedFunction function : functions) {
            MemorySegment x = function.input(Function.X);
            for (long channel = 0; channel < x.byteSize() / HALF.byteSize(); channel++) {
                x.setAtIndex(HALF, channel, y.getAtIndex(HALF, channel * tokens + token));
            }
            function.predict(null);
            for (Feature part : function.function().outputs()) {
                MemorySegment logits = function.output(part.name());
                for (int i = 0; i < part.elements(); i++) {
                    scores[next++] = Float.float16ToFloat(logits.getAtIndex(HALF, i));
                }
            }
        }
        target.fill(scores);
    }
}
