package bitnet.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What one thread computes of the screened head. The order of calls is in {@link ScreenedLogits}. */
public interface Screening {
    /** Bytes of {@link Screen#packed()}. */
    long screenBytes(int rows, int columns);

    /** Bytes of {@link Screen#input()}. */
    long inputBytes(int columns);

    /** Called once for each screen; the answer becomes {@link Screen#descriptor()}. */
    MemorySegment describeScreen(Arena arena, int rows, int columns, MemorySegment packed);

    /** Fills rows of the screen from the table; ranges are whole blocks of {@link PackedTernary#ROW_BLOCK}. */
    void pack(Screen screen, Table table, int begin, int end, Scratch scratch);

    /** Prepares row {@code output} of {@code y}. */
    void prepare(Screen screen, FloatRows y, int output);

    /** Bounds the logits of rows from above, and writes the {@code k} best lower bounds to {@code best}, best first. */
    void bounds(Screen screen, int begin, int end, int k, MemorySegment best);

    /**
     * Computes the rows of a range whose upper bound reaches the threshold. Their ids and values go to
     * {@link Screen#ids()} and {@link Screen#values()} from index {@code begin} on.
     *
     * @return how many
     */
    int rescore(
            Screen screen, Table table, FloatRows y, int output, float threshold, int begin, int end, Scratch scratch);
}
