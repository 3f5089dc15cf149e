package bitnet.scalar;

import bitnet.HeadType;
import bitnet.KvType;
import bitnet.model.Activation;
import bitnet.model.ActivationPrecision;
import bitnet.model.AttentionScope;
import bitnet.model.FloatTable;
import bitnet.model.GatedDeltaNet;
import bitnet.model.HadamardRotation;
import bitnet.model.ModelConfig;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTable;
import bitnet.model.TernaryTensor;
import bitnet.model.TokenTable;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;
import bitnet.spi.Step;
import bitnet.tensor.Dequantize;
import bitnet.tensor.Int8Rows;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@link Kernels} that execute each operation at once, on arrays. Weights in memory stay where the model has them. */
public final class ScalarKernels implements Kernels {
    private final ModelConfig config;
    private final KvType kvType;
    private final RopeTable rope;
    private final AttentionScope scope;
    /** Of layers that do not have the model's. */
    private final Map<Integer, Scoped> scopes = new HashMap<>();

    private final Attention attention;
    private final @Nullable DeltaStep deltaStep;
    private final TernaryMatmul matmul = new TernaryMatmul();
    private final float[] lanes = new float[Sum256.LANES];
    private final CountingArena arena = new CountingArena();
    private final List<ScalarFloats> floats = new ArrayList<>();
    private final Map<FloatTable, Table> tables = new HashMap<>();
    private final List<ScalarQuantized> codes = new ArrayList<>();
    private final List<WideRows> wideCodes = new ArrayList<>();
    private float[] row = {};
    private long rowBytes;
    private @Nullable TernaryTable sharedSource;
    private @Nullable GroupedTable sharedTable;
    private Step step = new Step(0);
    /** That operations work on: those of the step, and behind the output norm its outputs. */
    private int rows;

    private boolean closed;

    /** Kernels for models of one shape. */
    public ScalarKernels(ModelConfig config, CompileOptions options) {
        this.config = config;
        kvType = options.kvType();
        rope = new RopeTable(config.rope());
        scope = config.attentionScope();
        attention = new Attention(config.heads(), config.kvHeads(), config.headDim());
        deltaStep = config.delta() == null ? null : new DeltaStep(config.delta());
    }

    private record Scoped(AttentionScope scope, RopeTable rope) {}

    private record Weights(float[] weights) implements Gain {}

    private record Table(FloatTable table, MemorySegment data) implements Embedding, Head, FloatMatrix {}

    private record Rotation(int block, float factor, float[] signs) implements Hadamard {}

    private record Net(GatedDeltaNet weights) implements DeltaNet {}

    private record GroupedTable(GroupedRow row, int rows, WideRows outputs) implements Embedding, Head {}

    /** With room for a row of codes, and for the outputs' codes. */
    private record Int8Head(Int8Rows rows, byte[] row, ScalarQuantized outputs) implements Head {}

    private record Part(TernaryTensor.Packed weights, int rows) {}

    private record Stack(List<Part> parts, int rows, int columns) implements TernaryMatrix {}

    private record GroupedPart(GroupedRow row, int rows) {}

    private record GroupedStack(List<GroupedPart> parts, int rows, int columns) implements TernaryMatrix {}

    @Override
    public Floats floats(int columns) {
        ScalarFloats rows = new ScalarFloats(columns);
        floats.add(rows);
        return rows;
    }

    @Override
    public Floats part(Floats rows, int from, int columns) {
        return new ScalarFloats((ScalarFloats) rows, from, columns);
    }

    @Override
    public void attends(int layer, AttentionScope own) {
        RopeTable turns = scopes.values().stream()
                .filter(other -> other.scope().rope().equals(own.rope()))
                .findFirst()
                .map(Scoped::rope)
                .orElseGet(() -> new RopeTable(own.rope()));
        scopes.put(layer, new Scoped(own, turns));
    }

    @Override
    public Quantized quantized(int columns, ActivationPrecision precision) {
        return switch (precision) {
            case INT8_PER_TOKEN -> int8Rows(columns);
            case WIDE_PER_TOKEN -> wideRows(columns);
        };
    }

    private ScalarQuantized int8Rows(int columns) {
        ScalarQuantized rows = new ScalarQuantized(columns);
        codes.add(rows);
        return rows;
    }

    private WideRows wideRows(int columns) {
        WideRows rows = new WideRows(columns);
        wideCodes.add(rows);
        return rows;
    }

    @Override
    public Gain gain(float[] weights) {
        reserveRow(weights.length);
        return new Weights(weights.clone());
    }

    @Override
    public TernaryMatrix ternary(List<TernaryTensor> stacked) {
        int rows = stacked.stream().mapToInt(TernaryTensor::rows).sum();
        int columns = stacked.getFirst().columns();
        if (stacked.getFirst().granularity() != ScaleGranularity.TENSOR) {
            List<GroupedPart> parts = new ArrayList<>(stacked.size());
            stacked.forEach(tensor -> parts.add(new GroupedPart(grouped(tensor), tensor.rows())));
            return new GroupedStack(List.copyOf(parts), rows, columns);
        }
        List<Part> parts = new ArrayList<>(stacked.size());
        stacked.forEach(tensor -> parts.add(new Part(tensor.pack(arena), tensor.rows())));
        return new Stack(List.copyOf(parts), rows, columns);
    }

    private GroupedRow grouped(TernaryTensor tensor) {
        GroupedRow row = new GroupedRow(tensor.pack(arena), tensor.granularity(), tensor.columns());
        rowBytes += row.memoryBytes();
        return row;
    }

    @Override
    public Embedding embedding(TokenTable table) {
        reserveRow(table.columns());
        return switch (table) {
            case FloatTable floatTable -> table(floatTable);
            case TernaryTable ternary -> groupedTable(ternary);
        };
    }

    @Override
    public Head head(TokenTable table, HeadType type) {
        reserveRow(table.columns());
        return switch (table) {
            case TernaryTable ternary -> groupedTable(ternary);
            case FloatTable floatTable when type == HeadType.INT8 -> int8Head(floatTable);
            case FloatTable floatTable -> table(floatTable);
        };
    }

    @Override
    public FloatMatrix matrix(FloatTable table) {
        reserveRow(table.columns());
        return table(table);
    }

    @Override
    public Hadamard hadamard(HadamardRotation rotation) {
        return new Rotation(rotation.block(), rotation.factor(), rotation.signs());
    }

    @Override
    public DeltaNet deltaNet(GatedDeltaNet weights) {
        return new Net(weights);
    }

    /** A table in memory, which it has once even if it is embedding and head. */
    private Table table(FloatTable table) {
        return tables.computeIfAbsent(
                table, source -> new Table(source, source.data().load(arena)));
    }

    /** One copy where the head is the embedding. */
    private GroupedTable groupedTable(TernaryTable table) {
        if (sharedTable == null || !table.equals(sharedSource)) {
            sharedTable = new GroupedTable(grouped(table.tensor()), table.rows(), wideRows(table.columns()));
            sharedSource = table;
        }
        return sharedTable;
    }

    private Head int8Head(FloatTable table) {
        Int8Rows rows = Int8Rows.of(table.type(), table(table).data(), table.rows(), table.columns(), arena);
        rowBytes += (long) Float.BYTES * table.rows() + table.columns();
        return new Int8Head(rows, new byte[table.columns()], int8Rows(table.columns()));
    }

    private void reserveRow(int columns) {
        if (row.length < columns) {
            row = new float[columns];
        }
    }

    @Override
    public long pageBytes() {
        return KvPage.bytes(config, kvType);
    }

    @Override
    public Page page() {
        return KvPage.of(config, kvType);
    }

    @Override
    public void copy(Page from, Page to) {
        ((KvPage) to).copyFrom((KvPage) from);
    }

    /** The garbage collector's affair. */
    @Override
    public void free(Page page) {}

    @Override
    public Cache cache() {
        return new KvCache(config.kvHeads(), config.headDim());
    }

    @Override
    public long stateBytes() {
        return config.delta() == null ? 0 : config.delta().stateFloats() * Float.BYTES;
    }

    @Override
    public State state() {
        return DeltaState.of(Objects.requireNonNull(config.delta()));
    }

    @Override
    public void copy(State from, State to) {
        ((DeltaState) to).copyFrom((DeltaState) from);
    }

    /** The garbage collector's affair. */
    @Override
    public void free(State state) {}

    @Override
    public long storedPageBytes() {
        return pageBytes();
    }

    @Override
    public void write(Page page, MemorySegment to) {
        ((KvPage) page).write(to);
    }

    @Override
    public void read(MemorySegment from, Page page) {
        ((KvPage) page).read(from);
    }

    @Override
    public void run(Step step, Runnable program) {
        this.step = step;
        rows = step.rows();
        for (int i = 0; i < floats.size(); i++) {
            floats.get(i).reserve(step.rows());
        }
        for (int i = 0; i < codes.size(); i++) {
            codes.get(i).reserve(step.rows());
        }
        for (int i = 0; i < wideCodes.size(); i++) {
            wideCodes.get(i).reserve(step.rows());
        }
        program.run();
    }

    @Override
    public void embed(Embedding table, Floats x) {
        float[] to = ((ScalarFloats) x).data();
        switch (table) {
            case GroupedTable(GroupedRow ternary, int _, WideRows _) ->
                Embed.rows(step, ternary, ((ScalarFloats) x).columns(), to);
            case Table(FloatTable floats, MemorySegment data) -> Embed.rows(step, floats, data, to, row);
            default -> throw new IllegalArgumentException("not an embedding of these kernels: " + table);
        }
    }

    @Override
    public void scale(Floats x, float factor) {
        ScalarFloats rows = (ScalarFloats) x;
        for (int i = 0; i < step.rows() * rows.columns(); i++) {
            rows.data()[i] *= factor;
        }
    }

    @Override
    public void rotate(Hadamard rotation, Floats x, Floats y) {
        Rotation turn = (Rotation) rotation;
        float[] from = ((ScalarFloats) x).data();
        float[] to = ((ScalarFloats) y).data();
        for (int i = 0; i < rows; i++) {
            int at = i * turn.signs().length;
            Walsh.rotate(from, at, turn.signs(), turn.block(), turn.factor(), to, at);
        }
    }

    @Override
    public void rotateBack(Hadamard rotation, Floats x) {
        Rotation turn = (Rotation) rotation;
        for (int i = 0; i < rows; i++) {
            float[] at = ((ScalarFloats) x).data();
            Walsh.rotateBack(at, i * turn.signs().length, turn.signs(), turn.block(), turn.factor());
        }
    }

    @Override
    public void floatMatmul(FloatMatrix w, Floats x, Floats y) {
        FloatTable table = ((Table) w).table();
        MemorySegment data = ((Table) w).data();
        float[] from = ((ScalarFloats) x).data();
        ScalarFloats to = (ScalarFloats) y;
        long bytes = table.type().rowBytes(table.columns());
        for (int r = 0; r < table.rows(); r++) {
            Dequantize.row(table.type(), data, r * bytes, table.columns(), row);
            for (int i = 0; i < rows; i++) {
                to.data()[i * to.stride() + to.from() + r] =
                        Sum256.dot(row, 0, from, i * table.columns(), table.columns(), lanes);
            }
        }
    }

    @Override
    public void norm(Floats x, Gain gain, Floats y) {
        float[] from = ((ScalarFloats) x).data();
        float[] to = ((ScalarFloats) y).data();
        float[] weights = ((Weights) gain).weights();
        for (int i = 0; i < step.rows(); i++) {
            int at = i * weights.length;
            RmsNorm.row(from, at, weights, config.normEpsilon(), to, at, lanes);
        }
    }

    @Override
    public void normAdd(Floats y, Gain gain, Floats x) {
        float[] from = ((ScalarFloats) y).data();
        float[] to = ((ScalarFloats) x).data();
        float[] weights = ((Weights) gain).weights();
        for (int i = 0; i < step.rows(); i++) {
            int at = i * weights.length;
            RmsNorm.row(from, at, weights, config.normEpsilon(), row, 0, lanes);
            for (int k = 0; k < weights.length; k++) {
                to[at + k] += row[k];
            }
        }
    }

    @Override
    public void normQuantize(Floats x, Gain gain, Quantized q) {
        float[] from = ((ScalarFloats) x).data();
        float[] weights = ((Weights) gain).weights();
        for (int i = 0; i < step.rows(); i++) {
            int at = i * weights.length;
            switch (q) {
                case WideRows to ->
                    to.steps()[i] =
                            NormQuantize.row(from, at, weights, config.normEpsilon(), to.codes(), at, row, lanes);
                default -> {
                    ScalarQuantized to = (ScalarQuantized) q;
                    to.factors()[i] =
                            NormQuantize.row(from, at, weights, config.normEpsilon(), to.codes(), at, row, lanes);
                }
            }
        }
    }

    @Override
    public void quantize(Floats x, Quantized q) {
        quantize(((ScalarFloats) x).data(), step.rows(), q);
    }

    private static void quantize(float[] from, int rows, Quantized q) {
        for (int i = 0; i < rows; i++) {
            switch (q) {
                case WideRows to -> {
                    int at = i * to.columns();
                    to.steps()[i] = Quantize.row(from, at, to.columns(), to.codes(), at);
                }
                default -> {
                    ScalarQuantized to = (ScalarQuantized) q;
                    int at = i * to.columns();
                    to.factors()[i] = Quantize.row(from, at, to.columns(), to.codes(), at);
                }
            }
        }
    }

    @Override
    public void ternaryMatmul(TernaryMatrix w, Quantized q, Floats y) {
        multiply(w, q, (ScalarFloats) y, false);
    }

    @Override
    public void ternaryMatmulAdd(TernaryMatrix w, Quantized q, Floats x) {
        multiply(w, q, (ScalarFloats) x, true);
    }

    private void multiply(TernaryMatrix w, Quantized q, ScalarFloats y, boolean add) {
        switch (w) {
            case GroupedStack grouped -> multiply(grouped, (WideRows) q, y, add);
            default -> multiply((Stack) w, (ScalarQuantized) q, y, add);
        }
    }

    private void multiply(GroupedStack w, WideRows q, ScalarFloats y, boolean add) {
        int at = y.from();
        for (int i = 0; i < w.parts().size(); i++) {
            GroupedPart part = w.parts().get(i);
            WideMatmul.multiply(
                    part.row(),
                    part.rows(),
                    w.columns(),
                    q.codes(),
                    q.steps(),
                    step.rows(),
                    y.data(),
                    at,
                    y.stride(),
                    add);
            at += part.rows();
        }
    }

    private void multiply(Stack w, ScalarQuantized q, ScalarFloats y, boolean add) {
        int at = y.from();
        for (int i = 0; i < w.parts().size(); i++) {
            Part part = w.parts().get(i);
            matmul.multiply(
                    part.weights(),
                    part.rows(),
                    w.columns(),
                    q.codes(),
                    q.factors(),
                    step.rows(),
                    y.data(),
                    at,
                    y.stride(),
                    add);
            at += part.rows();
        }
    }

    @Override
    public void headNorm(Gain query, Gain key, Floats qkv) {
        ScalarFloats rows = (ScalarFloats) qkv;
        float[] ofQueries = ((Weights) query).weights();
        float[] ofKeys = ((Weights) key).weights();
        for (int i = 0; i < step.rows(); i++) {
            int at = i * rows.columns();
            HeadNorm.row(rows.data(), at, config.heads(), ofQueries, config.normEpsilon(), lanes);
            int keys = at + config.queryWidth();
            HeadNorm.row(rows.data(), keys, config.kvHeads(), ofKeys, config.normEpsilon(), lanes);
        }
    }

    @Override
    public void ropeStore(int layer, Floats qkv) {
        ScalarFloats rows = (ScalarFloats) qkv;
        Scoped own = scopes.get(layer);
        RopeTable turns = own == null ? rope : own.rope();
        for (int i = 0; i < step.rows(); i++) {
            KvCache cache = (KvCache) step.cache(i);
            RopeStore.row(rows.data(), i * rows.columns(), config.heads(), turns, cache, layer, step.position(i));
        }
    }

    @Override
    public void attention(int layer, Floats qkv, Floats out) {
        ScalarFloats from = (ScalarFloats) qkv;
        ScalarFloats to = (ScalarFloats) out;
        Scoped own = scopes.get(layer);
        AttentionScope seen = own == null ? scope : own.scope();
        for (int i = 0; i < step.rows(); i++) {
            KvCache cache = (KvCache) step.cache(i);
            int position = step.position(i);
            attention.row(cache, layer, position, seen, from.data(), i * from.columns(), to.data(), i * to.columns());
        }
    }

    @Override
    public void attentionGate(Floats qkv, Floats out) {
        ScalarFloats from = (ScalarFloats) qkv;
        ScalarFloats to = (ScalarFloats) out;
        int gate = config.queryWidth() + 2 * config.kvWidth();
        for (int i = 0; i < step.rows(); i++) {
            Gate.sigmoid(from.data(), i * from.columns() + gate, to.columns(), to.data(), i * to.columns());
        }
    }

    @Override
    public void deltaNet(int layer, DeltaNet weights, Floats mixed, Floats out) {
        DeltaStep each = Objects.requireNonNull(deltaStep);
        GatedDeltaNet net = ((Net) weights).weights();
        ScalarFloats from = (ScalarFloats) mixed;
        ScalarFloats to = (ScalarFloats) out;
        for (int i = 0; i < step.rows(); i++) {
            DeltaState state = ((KvCache) step.cache(i)).state();
            each.row(
                    net,
                    config.normEpsilon(),
                    from.data(),
                    i * from.columns(),
                    state.histories()[layer],
                    0,
                    state.matrices()[layer],
                    0,
                    to.data(),
                    i * to.columns());
        }
    }

    @Override
    public void gate(Activation activation, Floats gateUp, Floats h) {
        ScalarFloats from = (ScalarFloats) gateUp;
        ScalarFloats to = (ScalarFloats) h;
        for (int i = 0; i < step.rows(); i++) {
            Gate.row(activation, from.data(), i * from.columns(), to.columns(), to.data(), i * to.columns());
        }
    }

    @Override
    public void outputNorm(Floats x, Gain gain, Floats y) {
        float[] weights = ((Weights) gain).weights();
        OutputNorm.rows(
                step, ((ScalarFloats) x).data(), weights, config.normEpsilon(), ((ScalarFloats) y).data(), lanes);
        rows = step.outputs();
    }

    @Override
    public void logits(Head head, Floats y) {
        float[] rows = ((ScalarFloats) y).data();
        switch (head) {
            case GroupedTable(GroupedRow ternary, int tokens, WideRows q) -> {
                quantize(rows, step.outputs(), q);
                TernaryLogits.rows(step, ternary, tokens, q.columns(), q.codes(), q.steps());
            }
            case Int8Head(Int8Rows codes, byte[] codesRow, ScalarQuantized q) -> {
                quantize(rows, step.outputs(), q);
                Int8Logits.rows(step, codes, q.codes(), q.factors(), codesRow);
            }
            case Table(FloatTable table, MemorySegment data) -> HeadLogits.rows(step, table, data, rows, row, lanes);
            default -> throw new IllegalArgumentException("not a head of these kernels: " + head);
        }
    }

    @Override
    public void states(Floats y) {
        ScalarFloats rows = (ScalarFloats) y;
        for (int i = 0; i < step.outputs(); i++) {
            System.arraycopy(rows.data(), i * rows.columns(), step.target(i).values(), 0, rows.columns());
        }
    }

    @Override
    public long memoryBytes() {
        long bytes = arena.bytes() + rowBytes + rope.memoryBytes() + matmul.memoryBytes();
        bytes += deltaStep == null ? 0 : deltaStep.memoryBytes();
        bytes += scopes.values().stream()
                .map(Scoped::rope)
                .distinct()
                .mapToLong(RopeTable::memoryBytes)
                .sum();
        for (ScalarFloats rows : floats) {
            bytes += (long) Float.BYTES * rows.data().length;
        }
        for (ScalarQuantized rows : codes) {
            bytes += rows.codes().length + (long) Float.BYTES * rows.factors().length;
        }
        for (WideRows rows : wideCodes) {
            bytes += (long) Short.BYTES * rows.codes().length + (long) Float.BYTES * rows.steps().length;
        }
        return bytes;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            arena.close();
        }
    }
}
