package bitnet.cpu;

import bitnet.BackendFailureException;
import bitnet.BitNetException;
import bitnet.HeadType;
import bitnet.model.Activation;
import bitnet.model.ActivationPrecision;
import bitnet.model.AttentionScope;
import bitnet.model.DeltaShape;
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
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@link Kernels} on worker threads, over the {@link Operations} of an instruction set. */
public final class CpuKernels implements Kernels {
    /** Of pages that are let go and kept for others: the system clears a new one, which costs short texts a tenth of their time. */
    private static final long SPARE_BYTES = 128 << 20;

    private final int maxRows;
    private final int contextLength;
    private final @Nullable DeltaShape delta;
    /** Columns before the gate in rows of queries, keys, values and gate. */
    private final int gateColumn;

    private final Operations operations;
    /** For what is not counted: caches, and what lives while weights are taken. */
    private final Memory plainMemory;

    private final long unpaddedPageBytes;

    private final CountedMemory memory;
    private final Workers workers;
    private final Arena arena;
    private final Set<PagedCache> caches = new HashSet<>();
    private final Map<FloatTable, Table> tables = new HashMap<>();
    private final Map<TernaryTable, GroupedTernary> ternaryTables = new HashMap<>();
    private final Map<HadamardRotation, Rotation> rotations = new HashMap<>();
    private final Set<CachePage> pages = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Deque<CachePage> spare = new ArrayDeque<>();
    private final Set<CacheState> states = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Team team;
    private final StepRows stepRows;
    private final Scopes scopes;
    private final PackTask pack;
    private final PassingMemory passing;
    private final Embed embed;
    private final NormQuantize normQuantize;
    private final Quantize quantize;
    private final HeadNorm headNorm;
    private final TernaryMatmul ternaryMatmul;
    private final Scale scale;
    private final Norm norm;
    private final Norm normAdd;
    private final RopeStore ropeStore;
    private final Attention attention;
    private final Gate gate;
    private final AttentionGate attentionGate;
    private final DeltaHeads deltaNet;
    private final FloatMatmul floatMatmul;
    private final Rotate rotate;
    private final Rotate rotateBack;
    private final OutputNorm outputNorm;
    private final @Nullable ScreenedLogits screenedLogits;
    private @Nullable PlainLogits plainLogits;
    private @Nullable Int8Logits int8Logits;
    private @Nullable TernaryLogits ternaryLogits;
    private Step step = new Step(0);
    /** That operations work on: those of the step, at the end only its outputs. */
    private int activeRows;

    private boolean closed;

    private CpuKernels(
            ModelConfig config,
            CompileOptions options,
            Operations operations,
            Memory memory,
            Arena arena,
            Workers workers) {
        this.operations = operations;
        this.arena = arena;
        this.workers = workers;
        plainMemory = memory;
        this.memory = new CountedMemory(memory);
        maxRows = options.maxRows();
        unpaddedPageBytes = 2L
                * config.attentionLayers()
                * config.kvWidth()
                * PAGE
                * options.kvType().bytes();
        contextLength = options.contextLength();
        delta = config.delta();
        gateColumn = config.queryWidth() + 2 * config.kvWidth();
        team = new Team(operations, workers);
        int widest = Math.max(Math.max(config.hidden(), config.queryWidth()), config.feedForward());
        if (delta != null) {
            widest = Math.max(widest, delta.valueWidth());
        }
        team.allocateScratch(this.memory, arena, widest, maxRows, options.contextLength());
        stepRows = StepRows.allocate(this.memory, arena, maxRows, operations);
        scopes = new Scopes(
                config.attentionScope(), rope -> new RopeRows(rope, options.contextLength(), memory, workers));
        pack = new PackTask(team);
        passing = new PassingMemory(memory);
        embed = new Embed(team, stepRows);
        normQuantize = new NormQuantize(team);
        quantize = new Quantize(team);
        headNorm = new HeadNorm(team, config.heads(), config.kvHeads(), config.headDim());
        ternaryMatmul = new TernaryMatmul(team);
        scale = new Scale(team);
        norm = new Norm(team, false);
        normAdd = new Norm(team, true);
        ropeStore = new RopeStore(team, stepRows);
        attention = new Attention(team, stepRows, config.heads(), config.kvHeads(), maxRows);
        gate = new Gate(team);
        attentionGate = new AttentionGate(team);
        deltaNet = new DeltaHeads(team, stepRows);
        floatMatmul = new FloatMatmul(team);
        rotate = new Rotate(team, false);
        rotateBack = new Rotate(team, true);
        outputNorm = new OutputNorm(team, stepRows);
        screenedLogits = ScreenedLogits.of(team, this.memory, arena, maxRows);
    }

    /**
     * Kernels for models of one shape, with workers of their own.
     *
     * @param options {@code threads} 0 means one worker for each physical core
     */
    @SuppressWarnings("MustBeClosedChecker") // closed with the kernels, or here if there will be none
    public static CpuKernels open(ModelConfig config, CompileOptions options, Operations operations, Memory memory) {
        Workers workers = new Workers(options.threads() > 0 ? options.threads() : PhysicalCores.count());
        Arena arena = Arena.ofShared();
        try {
            return new CpuKernels(config, options, operations, memory, arena, workers);
        } catch (RuntimeException | Error e) {
            workers.close();
            arena.close();
            throw e;
        }
    }

    private record GainVector(MemorySegment weights) implements Gain {}

    @Override
    public Floats floats(int columns) {
        long stride = FloatRows.stride(columns);
        return new FloatRows(memory.allocate(arena, maxRows * stride * Float.BYTES), columns, stride);
    }

    @Override
    public Floats part(Floats rows, int from, int columns) {
        FloatRows whole = (FloatRows) rows;
        return new FloatRows(whole.data().asSlice((long) from * Float.BYTES), columns, whole.stride());
    }

    @Override
    public void attends(int layer, AttentionScope scope) {
        scopes.put(layer, scope);
    }

    @Override
    public Quantized quantized(int columns, ActivationPrecision precision) {
        return switch (precision) {
            case INT8_PER_TOKEN -> codeRows(columns);
            case WIDE_PER_TOKEN -> wideRows(columns);
        };
    }

    private WideRows wideRows(int columns) {
        long stride = operations.codesStride(columns);
        MemorySegment codes = memory.allocate(arena, maxRows * stride * Short.BYTES);
        MemorySegment steps = memory.allocate(arena, (long) maxRows * Float.BYTES);
        return new WideRows(columns, stride, codes, steps, operations.describeWide(arena, columns, codes, steps));
    }

    private CodeRows codeRows(int columns) {
        long stride = operations.codesStride(columns);
        MemorySegment codes = memory.allocate(arena, maxRows * stride);
        MemorySegment scales = memory.allocate(arena, (long) maxRows * Float.BYTES);
        MemorySegment sums = memory.allocate(arena, (long) maxRows * Integer.BYTES);
        MemorySegment descriptor = operations.describeCodes(arena, columns, codes, scales, sums);
        return new CodeRows(columns, stride, codes, scales, sums, descriptor);
    }

    @Override
    public Gain gain(float[] weights) {
        return new GainVector(copy(weights));
    }

    private MemorySegment copy(float[] values) {
        MemorySegment copy = memory.allocate(arena, (long) values.length * Float.BYTES);
        MemorySegment.copy(values, 0, copy, ValueLayout.JAVA_FLOAT, 0, values.length);
        return copy;
    }

    @Override
    public FloatMatrix matrix(FloatTable table) {
        return table(table);
    }

    @Override
    public Hadamard hadamard(HadamardRotation rotation) {
        return rotations.computeIfAbsent(rotation, source -> {
            int columns = source.signs().length;
            MemorySegment signs = copy(source.signs());
            MemorySegment descriptor =
                    operations.describeRotation(arena, columns, source.block(), source.factor(), signs);
            return new Rotation(columns, source.block(), source.factor(), signs, descriptor);
        });
    }

    @Override
    public Kernels.DeltaNet deltaNet(GatedDeltaNet net) {
        DeltaShape shape = Objects.requireNonNull(delta);
        float[] convolution = new float[net.convolution().length];
        for (int i = 0; i < convolution.length; i++) {
            int channel = i / shape.kernel();
            convolution[i % shape.kernel() * shape.channels() + channel] = net.convolution()[i];
        }
        DeltaWeights made = new DeltaWeights(
                shape,
                copy(convolution),
                copy(net.timeBias()),
                copy(net.decay()),
                copy(net.norm()),
                net.grouped(),
                MemorySegment.NULL);
        return made.withDescriptor(operations.describeDelta(arena, made));
    }

    @Override
    public TernaryMatrix ternary(List<TernaryTensor> stacked) {
        int columns = stacked.getFirst().columns();
        int rows = stacked.stream().mapToInt(TernaryTensor::rows).reduce(0, Math::addExact);
        ScaleGranularity granularity = stacked.getFirst().granularity();
        if (granularity != ScaleGranularity.TENSOR) {
            return grouped(stacked, rows, columns, granularity);
        }
        long paddedRows = (long) PackedTernary.blocks(rows) * PackedTernary.ROW_BLOCK;
        MemorySegment scales = memory.allocate(arena, paddedRows * Float.BYTES);
        MemorySegment packed = memory.allocate(arena, operations.ternaryBytes(rows, columns));
        MemorySegment descriptor = operations.describeTernary(arena, rows, columns, scales, packed);
        PackedTernary w = new PackedTernary(rows, columns, scales, packed, descriptor);
        int at = 0;
        for (TernaryTensor tensor : stacked) {
            TernaryTensor.Packed source = tensor.pack(passing);
            float[] scale = new float[tensor.rows()];
            Arrays.fill(scale, source.scale());
            MemorySegment.copy(scale, 0, scales, ValueLayout.JAVA_FLOAT, (long) at * Float.BYTES, scale.length);
            pack.start(w, at, tensor.rows(), source);
            passing.reset();
            at += tensor.rows();
        }
        return w;
    }

    private GroupedTernary grouped(List<TernaryTensor> stacked, int rows, int columns, ScaleGranularity granularity) {
        MemorySegment packed = memory.allocate(arena, operations.groupedBytes(rows, columns, granularity));
        MemorySegment descriptor = operations.describeGrouped(arena, rows, columns, granularity, packed);
        GroupedTernary w = new GroupedTernary(rows, columns, granularity, packed, descriptor);
        int at = 0;
        int largest = 1;
        for (TernaryTensor tensor : stacked) {
            TernaryTensor.Packed source = tensor.pack(passing);
            largest = Math.max(largest, pack.start(w, at, tensor.rows(), source));
            passing.reset();
            at += tensor.rows();
        }
        operations.packed(w, largest);
        return w;
    }

    @Override
    public Embedding embedding(TokenTable table) {
        passing.close(); // the matrices come before the tables
        return switch (table) {
            case FloatTable floats -> table(floats);
            case TernaryTable ternary -> ternary(ternary);
        };
    }

    /** One copy where the head is the embedding. */
    private GroupedTernary ternary(TernaryTable table) {
        GroupedTernary made = ternaryTables.computeIfAbsent(
                table,
                source -> grouped(
                        List.of(source.tensor()),
                        source.rows(),
                        source.columns(),
                        source.tensor().granularity()));
        passing.close();
        return made;
    }

    @Override
    public Head head(TokenTable table, HeadType type) {
        return switch (table) {
            case TernaryTable ternary -> ternaryHead(ternary);
            case FloatTable floats when type == HeadType.INT8 -> int8Head(floats);
            case FloatTable floats -> exactHead(floats);
        };
    }

    private Head ternaryHead(TernaryTable table) {
        if (ternaryLogits == null) {
            WideRows q = wideRows(table.columns());
            ternaryLogits = new TernaryLogits(team, memory, arena, table.rows(), maxRows, q);
        }
        return ternary(table);
    }

    private Head exactHead(FloatTable table) {
        if (plainLogits == null) {
            plainLogits = new PlainLogits(team, memory, arena, table.rows(), maxRows);
        }
        Table head = table(table);
        if (screenedLogits == null || !ScreenedLogits.pays(table)) {
            return head;
        }
        return new Table(head.source(), head.data(), head.descriptor(), screenedLogits.screen(head, memory, arena));
    }

    private Head int8Head(FloatTable table) {
        if (int8Logits == null) {
            int8Logits = new Int8Logits(team, memory, arena, table.rows(), maxRows, codeRows(table.columns()));
        }
        Table there = tables.get(table);
        if (there != null) {
            return Int8Logits.pack(team, there, memory, arena, (begin, end) -> {}, (begin, end) -> {});
        }
        // Of a table that is not kept, a block of rows comes and goes with each worker.
        try (Arena packing = Arena.ofShared()) {
            MemorySegment rows = plainMemory.allocate(packing, table.data().byteSize());
            Table passing = new Table(table, rows, operations.describeTable(packing, table, rows), null);
            long rowBytes = table.type().rowBytes(table.columns());
            return Int8Logits.pack(
                    team,
                    passing,
                    memory,
                    arena,
                    (begin, end) -> table.data()
                            .read(begin * rowBytes, rows.asSlice(begin * rowBytes, (end - begin) * rowBytes)),
                    (begin, end) -> plainMemory.forget(rows.asSlice(begin * rowBytes, (end - begin) * rowBytes)));
        }
    }

    /** A table in native memory, which it has once even if it is embedding and head. */
    private Table table(FloatTable table) {
        return tables.computeIfAbsent(table, source -> {
            MemorySegment data = source.data().load((bytes, alignment) -> memory.allocate(arena, bytes));
            if (!data.isNative()) {
                data = memory.allocate(arena, data.byteSize()).copyFrom(data);
            }
            return new Table(source, data, operations.describeTable(arena, source, data), null);
        });
    }

    @Override
    public long pageBytes() {
        return operations.pageBytes();
    }

    @Override
    @SuppressWarnings("MustBeClosedChecker") // closed by free() or close()
    public Page page() {
        if (!spare.isEmpty()) {
            CachePage again = spare.pop();
            pages.add(again);
            return again;
        }
        Arena own = Arena.ofShared();
        try {
            CachePage page = new CachePage(own, plainMemory.allocate(own, pageBytes()));
            pages.add(page);
            return page;
        } catch (RuntimeException | Error e) {
            own.close();
            throw e;
        }
    }

    @Override
    public void copy(Page from, Page to) {
        ((CachePage) to).data().copyFrom(((CachePage) from).data());
    }

    /** Pages lie as they are stored, unless native code pads a head whose width is no multiple of 16. */
    @Override
    public long storedPageBytes() {
        return pageBytes() == unpaddedPageBytes ? unpaddedPageBytes : 0;
    }

    @Override
    public void write(Page page, MemorySegment to) {
        to.copyFrom(((CachePage) page).data());
    }

    @Override
    public void read(MemorySegment from, Page page) {
        ((CachePage) page).data().copyFrom(from);
    }

    @Override
    public void free(Page page) {
        CachePage mine = (CachePage) page;
        if (!pages.remove(mine)) {
            return;
        }
        if ((spare.size() + 1) * pageBytes() <= SPARE_BYTES) {
            spare.push(mine);
        } else {
            mine.close();
        }
    }

    @Override
    public long stateBytes() {
        return delta == null ? 0 : delta.layers() * operations.stateLayerBytes(delta);
    }

    @Override
    @SuppressWarnings("MustBeClosedChecker") // closed by free() or close()
    public State state() {
        Arena own = Arena.ofShared();
        try {
            CacheState state = new CacheState(own, plainMemory.allocate(own, stateBytes()));
            states.add(state);
            return state;
        } catch (RuntimeException | Error e) {
            own.close();
            throw e;
        }
    }

    @Override
    public void copy(State from, State to) {
        ((CacheState) to).data().copyFrom(((CacheState) from).data());
    }

    @Override
    public void free(State state) {
        if (states.remove(state)) {
            ((CacheState) state).close();
        }
    }

    @Override
    public Cache cache() {
        PagedCache cache = new PagedCache(this);
        caches.add(cache);
        return cache;
    }

    /** For caches: makes sure of the rope's rows. */
    void reservePositions(int positions) {
        scopes.reserve(Math.min(positions, contextLength));
    }

    /** For caches: that one is closed. */
    void forget(PagedCache cache) {
        caches.remove(cache);
    }

    @Override
    public void run(Step newStep, Runnable program) {
        step = newStep;
        activeRows = newStep.rows();
        stepRows.fill(newStep);
        try {
            program.run();
        } catch (BitNetException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            throw new BackendFailureException("the CPU kernels (" + operations.isa() + ") failed: " + e, e);
        }
    }

    @Override
    public void embed(Embedding table, Floats x) {
        embed.start(table, (FloatRows) x, activeRows);
    }

    @Override
    public void scale(Floats x, float factor) {
        scale.start((FloatRows) x, factor, activeRows);
    }

    @Override
    public void rotate(Hadamard rotation, Floats x, Floats y) {
        rotate.start((Rotation) rotation, (FloatRows) x, (FloatRows) y, activeRows);
    }

    @Override
    public void rotateBack(Hadamard rotation, Floats x) {
        rotateBack.start((Rotation) rotation, (FloatRows) x, (FloatRows) x, activeRows);
    }

    @Override
    public void floatMatmul(FloatMatrix w, Floats x, Floats y) {
        floatMatmul.start((Table) w, (FloatRows) x, (FloatRows) y, activeRows);
    }

    @Override
    public void norm(Floats x, Gain gain, Floats y) {
        norm.start((FloatRows) x, ((GainVector) gain).weights(), (FloatRows) y, activeRows);
    }

    @Override
    public void normAdd(Floats y, Gain gain, Floats x) {
        normAdd.start((FloatRows) y, ((GainVector) gain).weights(), (FloatRows) x, activeRows);
    }

    @Override
    public void normQuantize(Floats x, Gain gain, Quantized q) {
        normQuantize.start((FloatRows) x, ((GainVector) gain).weights(), (IntegerRows) q, activeRows);
    }

    @Override
    public void quantize(Floats x, Quantized q) {
        quantize.start((FloatRows) x, (IntegerRows) q, activeRows);
    }

    @Override
    public void ternaryMatmul(TernaryMatrix w, Quantized q, Floats y) {
        ternaryMatmul.start((PackedMatrix) w, (IntegerRows) q, (FloatRows) y, false, activeRows);
    }

    @Override
    public void ternaryMatmulAdd(TernaryMatrix w, Quantized q, Floats x) {
        ternaryMatmul.start((PackedMatrix) w, (IntegerRows) q, (FloatRows) x, true, activeRows);
    }

    @Override
    public void headNorm(Gain query, Gain key, Floats qkv) {
        headNorm.start(((GainVector) query).weights(), ((GainVector) key).weights(), (FloatRows) qkv, activeRows);
    }

    @Override
    public void ropeStore(int layer, Floats qkv) {
        ropeStore.start(layer, scopes.of(layer).rope(), step, (FloatRows) qkv);
    }

    @Override
    public void attention(int layer, Floats qkv, Floats out) {
        attention.start(layer, scopes.of(layer).scope(), step, (FloatRows) qkv, (FloatRows) out);
    }

    @Override
    public void attentionGate(Floats qkv, Floats out) {
        FloatRows result = (FloatRows) out;
        attentionGate.start((FloatRows) part(qkv, gateColumn, result.columns()), result, activeRows);
    }

    @Override
    public void deltaNet(int layer, Kernels.DeltaNet weights, Floats mixed, Floats out) {
        deltaNet.start(layer, (DeltaWeights) weights, step, (FloatRows) mixed, (FloatRows) out);
    }

    @Override
    public void keepOutputs(Floats attended, Floats residual) {
        for (int i = 0; i < step.outputs(); i++) {
            ((FloatRows) attended).move(step.outputRow(i), i);
            ((FloatRows) residual).move(step.outputRow(i), i);
        }
        stepRows.keepOutputs(step.outputs());
        activeRows = step.outputs();
    }

    @Override
    public void gate(Activation activation, Floats gateUp, Floats h) {
        gate.start(activation, (FloatRows) gateUp, (FloatRows) h, activeRows);
    }

    @Override
    public void outputNorm(Floats x, Gain gain, Floats y) {
        outputNorm.start((FloatRows) x, ((GainVector) gain).weights(), (FloatRows) y, step.outputs());
        activeRows = step.outputs();
    }

    @Override
    public void logits(Head head, Floats y) {
        if (head instanceof Int8Head codes) {
            Objects.requireNonNull(int8Logits).run(step, codes, (FloatRows) y);
            return;
        }
        if (head instanceof GroupedTernary ternary) {
            Objects.requireNonNull(ternaryLogits).run(step, ternary, (FloatRows) y);
            return;
        }
        Table table = (Table) head;
        PlainLogits all = Objects.requireNonNull(plainLogits);
        if (screenedLogits != null && table.screen() != null) {
            screenedLogits.run(step, table, table.screen(), (FloatRows) y, all);
        } else {
            all.run(step, table, (FloatRows) y, 0, step.outputs());
        }
    }

    @Override
    public void states(Floats y) {
        FloatRows rows = (FloatRows) y;
        for (int i = 0; i < step.outputs(); i++) {
            float[] to = step.target(i).values();
            MemorySegment.copy(rows.row(i), ValueLayout.JAVA_FLOAT, 0, to, 0, to.length);
        }
    }

    @Override
    public long memoryBytes() {
        return memory.bytes() + scopes.memoryBytes();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            workers.close();
            List.copyOf(caches).forEach(PagedCache::close);
            pages.forEach(CachePage::close);
            states.forEach(CacheState::close);
            spare.forEach(CachePage::close);
            passing.close();
            scopes.close();
            arena.close();
        }
    }
}
