package bitnet.cpu.ffm;

import bitnet.KvType;
import bitnet.cpu.CodeRows;
import bitnet.cpu.DeltaWeights;
import bitnet.cpu.FloatRows;
import bitnet.cpu.GroupedTernary;
import bitnet.cpu.Int8Head;
import bitnet.cpu.Memory;
import bitnet.cpu.Operations;
import bitnet.cpu.PackedMatrix;
import bitnet.cpu.PackedTernary;
import bitnet.cpu.Rotation;
import bitnet.cpu.Scratch;
import bitnet.cpu.Screening;
import bitnet.cpu.StepRows;
import bitnet.cpu.Table;
import bitnet.cpu.WideRows;
import bitnet.cpu.ffm.gen.BitnetCpu;
import bitnet.cpu.ffm.gen.bitnet_attention_shape;
import bitnet.cpu.ffm.gen.bitnet_codes;
import bitnet.cpu.ffm.gen.bitnet_delta;
import bitnet.cpu.ffm.gen.bitnet_delta_shape;
import bitnet.cpu.ffm.gen.bitnet_grouped;
import bitnet.cpu.ffm.gen.bitnet_int8_head;
import bitnet.cpu.ffm.gen.bitnet_positions;
import bitnet.cpu.ffm.gen.bitnet_rotation;
import bitnet.cpu.ffm.gen.bitnet_table;
import bitnet.cpu.ffm.gen.bitnet_ternary;
import bitnet.cpu.ffm.gen.bitnet_wide;
import bitnet.model.Activation;
import bitnet.model.AttentionScope;
import bitnet.model.DeltaShape;
import bitnet.model.FloatTable;
import bitnet.model.ModelConfig;
import bitnet.model.ScaleGranularity;
import bitnet.spi.Step;
import bitnet.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The functions of {@code bitnet_cpu.h} for one instruction set and models of one shape. */
public final class NativeOperations implements Operations {
    private final int isa;
    private final float epsilon;
    /** Collected with this object. */
    private final MemorySegment shape;

    /** Of layers of gated DeltaNet; collected with this object. */
    private final MemorySegment deltaShape;

    private final Screening screening;

    /** @param isa one of {@link CpuLibrary#supported()} */
    public NativeOperations(int isa, ModelConfig config, KvType kvType) {
        this.isa = isa;
        epsilon = config.normEpsilon();
        shape = bitnet_attention_shape.allocate(Arena.ofAuto());
        bitnet_attention_shape.layers(shape, config.attentionLayers());
        bitnet_attention_shape.heads(shape, config.heads());
        bitnet_attention_shape.kv_heads(shape, config.kvHeads());
        bitnet_attention_shape.head_dim(shape, config.headDim());
        bitnet_attention_shape.kv_type(shape, kvTypeOf(kvType));
        deltaShape = config.delta() == null ? MemorySegment.NULL : describe(Arena.ofAuto(), config.delta());
        screening = new NativeScreening(isa);
    }

    private static int kvTypeOf(KvType type) {
        return switch (type) {
            case F16 -> BitnetCpu.BITNET_KV_F16();
            case F32 -> BitnetCpu.BITNET_KV_F32();
        };
    }

    private static int tableTypeOf(ElementType type) {
        return switch (type) {
            case F32 -> BitnetCpu.BITNET_F32();
            case F16 -> BitnetCpu.BITNET_F16();
            case BF16 -> BitnetCpu.BITNET_BF16();
            case Q8_0 -> BitnetCpu.BITNET_Q8_0();
            case Q6_K -> BitnetCpu.BITNET_Q6_K();
            case Q5_0 -> BitnetCpu.BITNET_Q5_0();
            case Q4_0 -> BitnetCpu.BITNET_Q4_0();
        };
    }

    private static int activationOf(Activation activation) {
        return switch (activation) {
            case SQUARED_RELU -> BitnetCpu.BITNET_SQUARED_RELU();
            case SILU -> BitnetCpu.BITNET_SILU();
            case GELU_TANH -> BitnetCpu.BITNET_GELU_TANH();
        };
    }

    @Override
    public String isa() {
        return CpuLibrary.name(isa);
    }

    @Override
    public long ternaryBytes(int rows, int columns) {
        return BitnetCpu.bitnet_ternary_bytes(isa, rows, columns);
    }

    @Override
    public long groupedBytes(int rows, int columns, ScaleGranularity granularity) {
        return BitnetCpu.bitnet_grouped_bytes(isa, rows, columns, granularity.columns());
    }

    @Override
    public long codesStride(int columns) {
        return BitnetCpu.bitnet_codes_stride(columns);
    }

    @Override
    public long pageBytes() {
        return BitnetCpu.bitnet_page_bytes(shape);
    }

    @Override
    public Scratch scratch(Memory memory, Arena arena, int columns, int tokens, int positions) {
        long ternary = BitnetCpu.bitnet_ternary_scratch_bytes(isa, columns, tokens);
        long logits = BitnetCpu.bitnet_logits_scratch_bytes(isa, columns);
        long attention = BitnetCpu.bitnet_attention_scratch_bytes(isa, shape, positions);
        long grouped = BitnetCpu.bitnet_grouped_scratch_bytes(isa, columns, tokens);
        long products = Math.max(ternary, grouped);
        return new Scratch(memory.allocate(arena, Math.max(products, Math.max(logits, attention))));
    }

    @Override
    public MemorySegment describeTernary(
            Arena arena, int rows, int columns, MemorySegment scales, MemorySegment packed) {
        MemorySegment w = bitnet_ternary.allocate(arena);
        bitnet_ternary.rows(w, rows);
        bitnet_ternary.columns(w, columns);
        bitnet_ternary.scales(w, scales);
        bitnet_ternary.packed(w, packed);
        return w;
    }

    @Override
    public MemorySegment describeGrouped(
            Arena arena, int rows, int columns, ScaleGranularity granularity, MemorySegment packed) {
        MemorySegment w = bitnet_grouped.allocate(arena);
        bitnet_grouped.rows(w, rows);
        bitnet_grouped.columns(w, columns);
        bitnet_grouped.group(w, granularity.columns());
        bitnet_grouped.packed(w, packed);
        return w;
    }

    @Override
    public MemorySegment describeWide(Arena arena, int columns, MemorySegment codes, MemorySegment steps) {
        MemorySegment q = bitnet_wide.allocate(arena);
        bitnet_wide.columns(q, columns);
        bitnet_wide.codes(q, codes);
        bitnet_wide.steps(q, steps);
        return q;
    }

    @Override
    public MemorySegment describeCodes(
            Arena arena, int columns, MemorySegment codes, MemorySegment scales, MemorySegment sums) {
        MemorySegment q = bitnet_codes.allocate(arena);
        bitnet_codes.columns(q, columns);
        bitnet_codes.codes(q, codes);
        bitnet_codes.scales(q, scales);
        bitnet_codes.sums(q, sums);
        return q;
    }

    @Override
    public MemorySegment describeTable(Arena arena, FloatTable table, MemorySegment data) {
        MemorySegment t = bitnet_table.allocate(arena);
        bitnet_table.type(t, tableTypeOf(table.type()));
        bitnet_table.rows(t, table.rows());
        bitnet_table.columns(t, table.columns());
        bitnet_table.data(t, data);
        return t;
    }

    @Override
    public long int8HeadBytes(int rows, int columns) {
        return BitnetCpu.bitnet_int8_head_bytes(isa, rows, columns);
    }

    @Override
    public MemorySegment describeInt8Head(Arena arena, int rows, int columns, MemorySegment packed) {
        MemorySegment head = bitnet_int8_head.allocate(arena);
        bitnet_int8_head.rows(head, rows);
        bitnet_int8_head.columns(head, columns);
        bitnet_int8_head.packed(head, packed);
        return head;
    }

    @Override
    public MemorySegment describePositions(Arena arena, MemorySegment positions, MemorySegment pages) {
        MemorySegment at = bitnet_positions.allocate(arena);
        bitnet_positions.positions(at, positions);
        bitnet_positions.pages(at, pages);
        return at;
    }

    @Override
    public void pack(PackedTernary w, int at, int count, MemorySegment canonical) {
        BitnetCpu.bitnet_ternary_pack(isa, w.descriptor(), at, count, canonical);
    }

    @Override
    public int pack(GroupedTernary w, int at, int count, MemorySegment canonical, MemorySegment scales) {
        return BitnetCpu.bitnet_grouped_pack(isa, w.descriptor(), at, count, canonical, scales);
    }

    @Override
    public void packed(GroupedTernary w, int largest) {
        bitnet_grouped.largest(w.descriptor(), largest);
    }

    @Override
    public int leastTokens(PackedMatrix w) {
        return (int)
                switch (w) {
                    case PackedTernary _ -> BitnetCpu.bitnet_ternary_least_tokens(isa);
                    case GroupedTernary _ -> BitnetCpu.bitnet_grouped_least_tokens(isa);
                };
    }

    @Override
    public int tileTokens(PackedMatrix w) {
        return (int)
                switch (w) {
                    case PackedTernary _ -> BitnetCpu.bitnet_ternary_tile_tokens(isa);
                    case GroupedTernary _ -> BitnetCpu.bitnet_grouped_tile_tokens(isa);
                };
    }

    @Override
    public int leastRows(PackedMatrix w, int tokens) {
        return (int)
                switch (w) {
                    case PackedTernary _ -> BitnetCpu.bitnet_ternary_least_rows(isa, tokens);
                    case GroupedTernary _ -> BitnetCpu.bitnet_grouped_least_rows(isa, tokens);
                };
    }

    @Override
    public void ternaryMatmul(
            PackedTernary w,
            int rowBegin,
            int rowEnd,
            CodeRows q,
            int tokenBegin,
            int tokenEnd,
            FloatRows y,
            boolean add,
            Scratch scratch) {
        BitnetCpu.bitnet_ternary_matmul(
                isa,
                w.descriptor(),
                rowBegin,
                rowEnd,
                q.descriptor(),
                tokenBegin,
                tokenEnd,
                y.data(),
                y.stride(),
                add ? 1 : 0,
                scratch.memory());
    }

    @Override
    public void ternaryMatmul(
            GroupedTernary w,
            int rowBegin,
            int rowEnd,
            WideRows q,
            int tokenBegin,
            int tokenEnd,
            FloatRows y,
            boolean add,
            Scratch scratch) {
        BitnetCpu.bitnet_grouped_matmul(
                isa,
                w.descriptor(),
                rowBegin,
                rowEnd,
                q.descriptor(),
                tokenBegin,
                tokenEnd,
                y.data(),
                y.stride(),
                add ? 1 : 0,
                scratch.memory());
    }

    @Override
    public void embed(GroupedTernary table, StepRows step, int begin, int end, FloatRows x, Scratch scratch) {
        BitnetCpu.bitnet_grouped_embed(isa, table.descriptor(), step.tokens(), begin, end, x.data(), x.stride());
    }

    @Override
    public void embed(Table table, StepRows step, int begin, int end, FloatRows x, Scratch scratch) {
        BitnetCpu.bitnet_embed(isa, table.descriptor(), step.tokens(), begin, end, x.data(), x.stride());
    }

    @Override
    public void quantize(FloatRows x, int begin, int end, CodeRows q, Scratch scratch) {
        BitnetCpu.bitnet_quantize(isa, x.data(), x.stride(), begin, end, q.descriptor());
    }

    @Override
    public void normQuantize(FloatRows x, MemorySegment gain, int begin, int end, CodeRows q, Scratch scratch) {
        BitnetCpu.bitnet_norm_quantize(isa, x.data(), x.stride(), gain, epsilon, begin, end, q.descriptor());
    }

    @Override
    public void quantize(FloatRows x, int begin, int end, WideRows q, Scratch scratch) {
        BitnetCpu.bitnet_wide_quantize(isa, x.data(), x.stride(), begin, end, q.descriptor());
    }

    @Override
    public void normQuantize(FloatRows x, MemorySegment gain, int begin, int end, WideRows q, Scratch scratch) {
        BitnetCpu.bitnet_wide_norm_quantize(isa, x.data(), x.stride(), gain, epsilon, begin, end, q.descriptor());
    }

    @Override
    public void norm(FloatRows x, MemorySegment gain, int begin, int end, FloatRows y, Scratch scratch) {
        BitnetCpu.bitnet_norm(isa, x.data(), x.stride(), gain, epsilon, x.columns(), begin, end, y.data(), y.stride());
    }

    @Override
    public void normAdd(FloatRows y, MemorySegment gain, int begin, int end, FloatRows x, Scratch scratch) {
        BitnetCpu.bitnet_norm_add(
                isa, y.data(), y.stride(), gain, epsilon, y.columns(), begin, end, x.data(), x.stride());
    }

    @Override
    public void headNorm(
            MemorySegment gain, int from, int heads, int headDim, int begin, int end, FloatRows x, Scratch scratch) {
        MemorySegment first = x.data().asSlice((long) from * Float.BYTES);
        BitnetCpu.bitnet_head_norm(isa, gain, epsilon, heads, headDim, begin, end, first, x.stride());
    }

    @Override
    public void outputNorm(
            FloatRows x, MemorySegment gain, StepRows step, int begin, int end, FloatRows y, Scratch scratch) {
        BitnetCpu.bitnet_output_norm(
                isa,
                x.data(),
                x.stride(),
                gain,
                epsilon,
                x.columns(),
                step.outputs(),
                begin,
                end,
                y.data(),
                y.stride());
    }

    @Override
    public void gate(Activation activation, FloatRows gateUp, int begin, int end, FloatRows h, Scratch scratch) {
        int width = h.columns();
        BitnetCpu.bitnet_gate(
                isa,
                activationOf(activation),
                gateUp.data(),
                gateUp.stride(),
                width,
                begin,
                end,
                0,
                width,
                h.data(),
                h.stride());
    }

    @Override
    public MemorySegment describeRotation(Arena arena, int columns, int block, float factor, MemorySegment signs) {
        MemorySegment r = bitnet_rotation.allocate(arena);
        bitnet_rotation.columns(r, columns);
        bitnet_rotation.block(r, block);
        bitnet_rotation.factor(r, factor);
        bitnet_rotation.signs(r, signs);
        return r;
    }

    @Override
    public void rotate(Rotation rotation, FloatRows x, int begin, int end, FloatRows y, Scratch scratch) {
        BitnetCpu.bitnet_rotate(isa, rotation.descriptor(), x.data(), x.stride(), begin, end, y.data(), y.stride());
    }

    @Override
    public void rotateBack(Rotation rotation, int begin, int end, FloatRows x, Scratch scratch) {
        BitnetCpu.bitnet_rotate_back(isa, rotation.descriptor(), begin, end, x.data(), x.stride());
    }

    @Override
    public long stateLayerBytes(DeltaShape of) {
        try (Arena arena = Arena.ofConfined()) {
            return BitnetCpu.bitnet_delta_layer_bytes(describe(arena, of));
        }
    }

    private static MemorySegment describe(Arena arena, DeltaShape of) {
        MemorySegment to = bitnet_delta_shape.allocate(arena);
        bitnet_delta_shape.key_heads(to, of.keyHeads());
        bitnet_delta_shape.value_heads(to, of.valueHeads());
        bitnet_delta_shape.head_dim(to, of.headDim());
        bitnet_delta_shape.kernel(to, of.kernel());
        return to;
    }

    @Override
    public MemorySegment describeDelta(Arena arena, DeltaWeights weights) {
        MemorySegment w = bitnet_delta.allocate(arena);
        bitnet_delta.convolution(w, weights.convolution());
        bitnet_delta.time_bias(w, weights.timeBias());
        bitnet_delta.decay(w, weights.decay());
        bitnet_delta.norm(w, weights.norm());
        bitnet_delta.epsilon(w, epsilon);
        bitnet_delta.query_length(w, AttentionScope.scale(weights.shape().headDim()));
        bitnet_delta.grouped(w, weights.grouped() ? 1 : 0);
        return w;
    }

    @Override
    public void deltaNet(
            int layer,
            DeltaWeights weights,
            Step step,
            StepRows rows,
            int headBegin,
            int headEnd,
            FloatRows mixed,
            FloatRows out,
            Scratch scratch) {
        BitnetCpu.bitnet_delta_net(
                isa,
                deltaShape,
                weights.descriptor(),
                layer,
                rows.states(),
                0,
                step.rows(),
                headBegin,
                headEnd,
                mixed.data(),
                mixed.stride(),
                out.data(),
                out.stride());
    }

    @Override
    public void attentionGate(FloatRows gate, int begin, int end, FloatRows out, Scratch scratch) {
        BitnetCpu.bitnet_attention_gate(
                isa, gate.data(), gate.stride(), out.columns(), begin, end, out.data(), out.stride());
    }

    @Override
    public void ropeStore(
            int layer,
            MemorySegment cosines,
            MemorySegment sines,
            Step step,
            StepRows rows,
            int begin,
            int end,
            FloatRows qkv,
            Scratch scratch) {
        BitnetCpu.bitnet_rope_store(
                isa, shape, layer, cosines, sines, rows.descriptor(), begin, end, qkv.data(), qkv.stride());
    }

    @Override
    public void attention(
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
            Scratch scratch) {
        BitnetCpu.bitnet_attention(
                isa,
                shape,
                layer,
                scope.window(),
                scope.scale(),
                rows.descriptor(),
                begin,
                end,
                headBegin,
                headEnd,
                qkv.data(),
                qkv.stride(),
                out.data(),
                out.stride(),
                scratch.memory());
    }

    @Override
    public void logits(
            Table table,
            int rowBegin,
            int rowEnd,
            FloatRows y,
            int first,
            int outputs,
            FloatRows logits,
            Scratch scratch) {
        BitnetCpu.bitnet_logits(
                isa,
                table.descriptor(),
                rowBegin,
                rowEnd,
                y.row(first),
                y.stride(),
                outputs,
                logits.data(),
                logits.stride(),
                scratch.memory());
    }

    @Override
    public void packInt8Head(Int8Head head, Table table, int begin, int end, Scratch scratch) {
        BitnetCpu.bitnet_int8_head_pack(isa, head.descriptor(), table.descriptor(), begin, end, scratch.memory());
    }

    @Override
    public void int8Logits(
            Int8Head head,
            int rowBegin,
            int rowEnd,
            CodeRows q,
            int first,
            int outputs,
            FloatRows logits,
            Scratch scratch) {
        BitnetCpu.bitnet_int8_logits(
                isa,
                head.descriptor(),
                rowBegin,
                rowEnd,
                q.descriptor(),
                first,
                outputs,
                logits.data(),
                logits.stride());
    }

    @Override
    public void top(FloatRows logits, int row, int k, MemorySegment ids, MemorySegment values) {
        BitnetCpu.bitnet_top(isa, logits.row(row), 0, logits.columns(), k, ids, values);
    }

    @Override
    public @Nullable Screening screening() {
        return screening;
    }
}
