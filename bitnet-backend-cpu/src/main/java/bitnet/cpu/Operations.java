package bitnet.cpu;

import bitnet.model.Activation;
import bitnet.model.AttentionScope;
import bitnet.model.DeltaShape;
import bitnet.model.FloatTable;
import bitnet.model.ScaleGranularity;
import bitnet.spi.Step;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What one thread computes: each operation of {@link bitnet.spi.Kernels} on a range of its rows, tokens or heads,
 * {@code begin} inclusive to {@code end} exclusive. Calls whose ranges do not overlap may run at the same time, each with
 * scratch memory of its own. An instance serves models of one shape; it keeps no state.
 */
public interface Operations {
    /** The instruction set, such as {@code avx512}. */
    String isa();

    // Memory

    /** Bytes of a packed matrix. */
    long ternaryBytes(int rows, int columns);

    /** Bytes of a packed matrix with scales of groups. */
    long groupedBytes(int rows, int columns, ScaleGranularity granularity);

    /** Codes from one row to the next, int8 or wide. */
    long codesStride(int columns);

    /** Bytes of a page of keys and values: {@value PagedCache#PAGE} positions of all layers. */
    long pageBytes();

    /**
     * What one thread needs, for rows of up to {@code columns}, products of up to {@code tokens} of them, and sequences of up
     * to {@code positions}.
     */
    Scratch scratch(Memory memory, Arena arena, int columns, int tokens, int positions);

    /** Called once for each matrix; the answer becomes {@link PackedTernary#descriptor()}. */
    default MemorySegment describeTernary(
            Arena arena, int rows, int columns, MemorySegment scales, MemorySegment packed) {
        return MemorySegment.NULL;
    }

    /** Called once for each matrix with scales of groups; the answer becomes {@link GroupedTernary#descriptor()}. */
    default MemorySegment describeGrouped(
            Arena arena, int rows, int columns, ScaleGranularity granularity, MemorySegment packed) {
        return MemorySegment.NULL;
    }

    /** Called once for each buffer of wide codes; the answer becomes {@link WideRows#descriptor()}. */
    default MemorySegment describeWide(Arena arena, int columns, MemorySegment codes, MemorySegment steps) {
        return MemorySegment.NULL;
    }

    /** Called once for each buffer of codes; the answer becomes {@link CodeRows#descriptor()}. */
    default MemorySegment describeCodes(
            Arena arena, int columns, MemorySegment codes, MemorySegment scales, MemorySegment sums) {
        return MemorySegment.NULL;
    }

    /** Called once for each table; the answer becomes {@link Table#descriptor()}. */
    default MemorySegment describeTable(Arena arena, FloatTable table, MemorySegment data) {
        return MemorySegment.NULL;
    }

    /** Bytes of a packed int8 head. */
    long int8HeadBytes(int rows, int columns);

    /** Called once for each int8 head; the answer becomes {@link Int8Head#descriptor()}. */
    default MemorySegment describeInt8Head(Arena arena, int rows, int columns, MemorySegment packed) {
        return MemorySegment.NULL;
    }

    /** Called once; the answer becomes {@link StepRows#descriptor()}. */
    default MemorySegment describePositions(Arena arena, MemorySegment positions, MemorySegment pages) {
        return MemorySegment.NULL;
    }

    // Ternary products

    /** Packs {@code count} rows in the canonical layout as rows {@code at} and following. */
    void pack(PackedTernary w, int at, int count, MemorySegment canonical);

    /**
     * Packs {@code count} rows with scales of groups, {@code groups} binary16 a row.
     *
     * @return their largest weight, or 1 if that is less
     */
    int pack(GroupedTernary w, int at, int count, MemorySegment canonical, MemorySegment scales);

    /** Called when all rows are packed, with the largest weight of all. */
    default void packed(GroupedTernary w, int largest) {}

    /** The fewest tokens whose product with all rows pays for what a call prepares. */
    int leastTokens(PackedMatrix w);

    /** Some of a product's tokens are best a multiple of this many. */
    int tileTokens(PackedMatrix w);

    /** The fewest rows whose product with so many tokens pays for what a call prepares. */
    int leastRows(PackedMatrix w, int tokens);

    /** {@code y = w q}, or {@code y = y + w q}. Ranges of rows are whole blocks, but for the matrix's end. */
    void ternaryMatmul(
            PackedTernary w,
            int rowBegin,
            int rowEnd,
            CodeRows q,
            int tokenBegin,
            int tokenEnd,
            FloatRows y,
            boolean add,
            Scratch scratch);

    /** The same with scales of groups. */
    void ternaryMatmul(
            GroupedTernary w,
            int rowBegin,
            int rowEnd,
            WideRows q,
            int tokenBegin,
            int tokenEnd,
            FloatRows y,
            boolean add,
            Scratch scratch);

    // Rows of floats

    /** {@code x = table[token]}. */
    void embed(Table table, StepRows step, int begin, int end, FloatRows x, Scratch scratch);

    /** {@code x = table[token]}, of a ternary table. */
    void embed(GroupedTernary table, StepRows step, int begin, int end, FloatRows x, Scratch scratch);

    /** {@code q = quantise(x)}. */
    void quantize(FloatRows x, int begin, int end, CodeRows q, Scratch scratch);

    /** {@code q = quantise(x)}, to wide codes. */
    void quantize(FloatRows x, int begin, int end, WideRows q, Scratch scratch);

    /** {@code q = quantise(rmsNorm(x) * gain)}. */
    void normQuantize(FloatRows x, MemorySegment gain, int begin, int end, CodeRows q, Scratch scratch);

    /** {@code q = quantise(rmsNorm(x) * gain)}, to wide codes. */
    void normQuantize(FloatRows x, MemorySegment gain, int begin, int end, WideRows q, Scratch scratch);

    /** {@code y = rmsNorm(x) * gain}. */
    void norm(FloatRows x, MemorySegment gain, int begin, int end, FloatRows y, Scratch scratch);

    /** {@code x = x + rmsNorm(y) * gain}. */
    void normAdd(FloatRows y, MemorySegment gain, int begin, int end, FloatRows x, Scratch scratch);

    /** Each of {@code heads} heads from column {@code from} on becomes {@code rmsNorm(head) * gain}. */
    void headNorm(
            MemorySegment gain, int from, int heads, int headDim, int begin, int end, FloatRows x, Scratch scratch);

    /** {@code y = rmsNorm(x) * gain} for outputs of the step. */
    void outputNorm(FloatRows x, MemorySegment gain, StepRows step, int begin, int end, FloatRows y, Scratch scratch);

    /** {@code h = activation(gate) * up}. */
    void gate(Activation activation, FloatRows gateUp, int begin, int end, FloatRows h, Scratch scratch);

    // Rotations

    /** Called once for each rotation; the answer becomes {@link Rotation#descriptor()}. */
    default MemorySegment describeRotation(Arena arena, int columns, int block, float factor, MemorySegment signs) {
        return MemorySegment.NULL;
    }

    /** {@code y = H(s * x)}; {@code y} may be {@code x}. */
    void rotate(Rotation rotation, FloatRows x, int begin, int end, FloatRows y, Scratch scratch);

    /** {@code x = s * H(x)}. */
    void rotateBack(Rotation rotation, int begin, int end, FloatRows x, Scratch scratch);

    // Gated DeltaNet

    /** Bytes of a layer of a sequence's state, which begins as zeros. */
    long stateLayerBytes(DeltaShape shape);

    /** Called once for each layer, with {@link MemorySegment#NULL} in place of the answer, which becomes {@link DeltaWeights#descriptor()}. */
    default MemorySegment describeDelta(Arena arena, DeltaWeights weights) {
        return MemorySegment.NULL;
    }

    /**
     * All rows of the step, for key heads {@code headBegin} to {@code headEnd} and the value heads that go with them.
     *
     * @param layer among those of gated DeltaNet
     */
    void deltaNet(
            int layer,
            DeltaWeights weights,
            Step step,
            StepRows rows,
            int headBegin,
            int headEnd,
            FloatRows mixed,
            FloatRows out,
            Scratch scratch);

    // Attention

    /** {@code out = out * sigmoid(gate)}. */
    void attentionGate(FloatRows gate, int begin, int end, FloatRows out, Scratch scratch);

    /** Rotates queries and keys, and stores keys and values. */
    void ropeStore(
            int layer,
            MemorySegment cosines,
            MemorySegment sines,
            Step step,
            StepRows rows,
            int begin,
            int end,
            FloatRows qkv,
            Scratch scratch);

    /** Attention of query heads {@code headBegin} to {@code headEnd}. */
    void attention(
            int layer,
            AttentionScope scope,
            Step step,
            StepRows rows,
            int begin,
            int end,
            int headBegin,
            int headEnd,
            FloatRows qkv,
            FloatRows out,
            Scratch scratch);

    // The head

    /** Logits of table rows for {@code outputs} rows of {@code y} from {@code first} on; row i of {@code logits} is output first + i. */
    void logits(
            Table table,
            int rowBegin,
            int rowEnd,
            FloatRows y,
            int first,
            int outputs,
            FloatRows logits,
            Scratch scratch);

    /** Fills rows of an int8 head from the table; ranges are whole blocks of {@link PackedTernary#ROW_BLOCK}, but for the end. */
    void packInt8Head(Int8Head head, Table table, int begin, int end, Scratch scratch);

    /** As {@link #logits}, from an int8 head and rows of codes; ranges of rows as for packing. */
    void int8Logits(
            Int8Head head,
            int rowBegin,
            int rowEnd,
            CodeRows q,
            int first,
            int outputs,
            FloatRows logits,
            Scratch scratch);

    /** The best of one row of logits, into {@code ids} and {@code values} from best to worst. */
    void top(FloatRows logits, int row, int k, MemorySegment ids, MemorySegment values);

    /** How to find the best rows of a head without reading it all; null where there is no such way. */
    default @Nullable Screening screening() {
        return null;
    }
}
