package bitnet.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What one thread computes of the screened head. The order of calls is in {@link ScreenedLogits}. */
public interface Screening {
    /** Bytes of {@link Screen#packed()}. */
    long screenBytes(int rows, int columns);

    /** Bytes of {@link Screen#input()}. */
    long inputBytes(int columns, int outputs);

    /** Called once for each screen; the answer becomes {@link Screen#descriptor()}. */
    MemorySegment describeScreen(Arena arena, int rows, int columns, MemorySegment packed);

    /** Called once for the candidates of each worker; the answer becomes {@link Candidates#descriptor()}. */
    MemorySegment describeCandidates(
            Arena arena, int outputs, MemorySegment best, MemorySegment ids, MemorySegment values);

    /** Fills rows of the screen from the table; ranges are whole blocks of {@link PackedTernary#ROW_BLOCK}. */
    void pack(Screen screen, Table table, int begin, int end, Scratch scratch);

    /** Prepares row {@code row} of {@code y} as input {@code output} of {@code outputs}; they may be prepared at the same time. */
    void prepare(Screen screen, FloatRows y, int row, int output, int outputs);

    /** Says how many of the best of an output are wanted of the next bounds, up to {@link Candidates#MOST_WANTED}. */
    void want(Candidates candidates, int output, int k);

    /** Bounds the logits of rows for all outputs, and fills in the candidates of each. */
    void bounds(Screen screen, int outputs, int begin, int end, Candidates candidates);

    /** How many candidates an output has; more than {@link Candidates#room()} if there was not room for all. */
    int count(Candidates candidates, int output);

    /** Drops an output's candidates whose upper bound is below the threshold, and computes the logits of the others. */
    void rescore(
            Table table, FloatRows y, int row, float threshold, Candidates candidates, int output, Scratch scratch);
}
