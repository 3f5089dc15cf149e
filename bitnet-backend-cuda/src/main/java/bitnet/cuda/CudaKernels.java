package bitnet.cuda;

import bitnet.BackendFailureException;
import bitnet.HeadType;
import bitnet.cuda.driver.CudaException;
import bitnet.cuda.driver.GpuDevice;
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
import bitnet.spi.UnsupportedByBackendException;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@link Kernels} on a GPU: weights, buffers and caches there. The calls of a step are recorded, and {@link Steps} launches them.
 */
final class CudaKernels implements Kernels {
    /** Left free, beside one sequence, by what only makes a model faster. */
    private static final long SPARE_BYTES = 256L << 20;

    private final ModelConfig config;
    private final int maxRows;
    private final Gpu gpu;
    private final Uploads uploads;
    private final TernaryLoader ternaryLoader;
    private final CacheShape cacheShape;
    private final Map<bitnet.model.Rope, RopeRows> ropes = new HashMap<>();
    private final AttentionScope scope;
    /** Of layers that do not have the model's. */
    private final Map<Integer, AttentionScope> scopes = new HashMap<>();

    private final StepEntries entries;
    private final AttentionRoom attentionRoom;
    private final LogitsRoom logitsRoom;
    private final Steps steps;
    private final int contextLength;
    private final int maxPages;
    private final CachePages pages;
    private final DeltaStates deltaStates;
    private final Map<HadamardRotation, DeviceHadamard> rotations = new HashMap<>();

    private @Nullable MemorySegment statesRoom;
    private @Nullable FloatTable sharedSource;
    private @Nullable DeviceTable sharedTable;

    private @Nullable TernaryTable ternarySource;
    private @Nullable GroupedTernary sharedTernary;

    /** Positions that caches have room for. */
    private int filled;

    private boolean loading = true;
    private boolean closed;

    private CudaKernels(ModelConfig config, CompileOptions options, Gpu gpu) {
        this.config = config;
        this.gpu = gpu;
        maxRows = options.maxRows();
        maxPages = Math.ceilDiv(options.contextLength(), CacheShape.PAGE);
        cacheShape = new CacheShape(config, options.kvType());
        DeltaShape delta = config.delta();
        requireRoom(cacheShape, gpu);
        uploads = new Uploads(gpu);
        ternaryLoader = new TernaryLoader(gpu, uploads, config);
        scope = config.attentionScope();
        contextLength = options.contextLength();
        addRope(scope.rope());
        pages = new CachePages(gpu, uploads, cacheShape, maxPages);
        deltaStates = new DeltaStates(gpu, delta);
        entries = new StepEntries(gpu, maxRows, Attention.mostRunRows(cacheShape, gpu), delta != null);
        attentionRoom = AttentionRoom.allocate(gpu, cacheShape, options.contextLength(), maxRows);
        DecodeRoom decodeRoom = delta == null && Boolean.parseBoolean(System.getProperty("bitnet.cuda.joined", "true"))
                ? DecodeRoom.allocate(gpu, cacheShape, options.contextLength())
                : null;
        logitsRoom = LogitsRoom.allocate(gpu, config.vocabulary(), config.hidden(), maxRows);
        steps = new Steps(config, gpu, uploads, entries, decodeRoom, logitsRoom);
    }

    /**
     * Kernels for models of one shape.
     *
     * @throws UnsupportedByBackendException if a block of the device has too little shared memory for the shape
     * @throws BackendFailureException if the device has too little memory, or fails
     */
    static CudaKernels open(ModelConfig config, CompileOptions options, GpuDevice device) {
        Gpu gpu = opened(device);
        try {
            return with(gpu, "making room for a model", () -> new CudaKernels(config, options, gpu));
        } catch (RuntimeException | Error e) {
            gpu.close();
            throw e;
        }
    }

    private static Gpu opened(GpuDevice device) {
        try {
            return Gpu.open(device);
        } catch (CudaException e) {
            throw failure(device, "opening it", e);
        }
    }

    private static void requireRoom(CacheShape shape, Gpu gpu) {
        ModelConfig config = shape.config();
        DeltaShape delta = config.delta();
        if (delta != null && !DeltaHeads.fits(delta, gpu)) {
            throw new UnsupportedByBackendException("the backend cuda has no kernels for gated DeltaNet with heads of "
                    + delta.headDim() + " dimensions and a convolution of " + delta.kernel() + " tokens");
        }
        int widest = Math.max(config.feedForward(), config.queryWidth());
        if (delta != null) {
            widest = Math.max(widest, delta.valueWidth());
        }
        int needed = Math.max(Attention.rowSharedBytes(shape), DeviceCodes.stride(widest) * Float.BYTES);
        needed = Math.max(needed, LogitsOfRows.mostSharedBytes(shape.config().hidden()));
        if (needed > gpu.mostShared()) {
            throw new UnsupportedByBackendException("a block on " + gpu.device().name() + " has " + gpu.mostShared()
                    + " bytes of shared memory, and this model needs " + needed);
        }
    }

    /** Does something in the context, and says which device failed doing what. */
    private static <T extends @Nullable Object> T with(Gpu gpu, String what, Supplier<T> work) {
        try (var _ = gpu.context().enter()) {
            return work.get();
        } catch (CudaException e) {
            throw failure(gpu.device(), what, e);
        }
    }

    private void run(String what, Runnable work) {
        with(gpu, what, () -> {
            work.run();
            return this;
        });
    }

    private static BackendFailureException failure(GpuDevice device, String what, CudaException e) {
        return new BackendFailureException(
                "device " + device.index() + " (" + device.name() + ") failed while " + what + ": " + e.getMessage(),
                e);
    }

    // ---- Buffers and weights ----

    private void addRope(bitnet.model.Rope rope) {
        ropes.computeIfAbsent(rope, _ -> new RopeRows(gpu, uploads, rope, contextLength))
                .reserve(filled);
    }

    @Override
    public void attends(int layer, AttentionScope own) {
        run("making room for a rope", () -> addRope(own.rope()));
        scopes.put(layer, own);
    }

    private AttentionScope scope(int layer) {
        return scopes.getOrDefault(layer, scope);
    }

    @Override
    public Floats floats(int columns) {
        return with(gpu, "making room for a step", () -> rows(columns));
    }

    @Override
    public Floats part(Floats rows, int from, int columns) {
        return ((DeviceRows) rows).part(from, columns);
    }

    private DeviceRows rows(int columns) {
        return new DeviceRows(gpu.allocate((long) maxRows * columns * Float.BYTES, "the rows of a step"), columns);
    }

    @Override
    public Quantized quantized(int columns, ActivationPrecision precision) {
        if (precision == ActivationPrecision.WIDE_PER_TOKEN) {
            return with(gpu, "making room for a step", () -> WideCodes.allocate(gpu, columns, maxRows));
        }
        int stride = DeviceCodes.stride(columns);
        int rows = DeviceCodes.rows(maxRows);
        return with(
                gpu,
                "making room for a step",
                () -> new DeviceCodes(
                        columns,
                        stride,
                        rows,
                        gpu.allocate((long) rows * stride, "the codes of a step"),
                        gpu.allocate((long) maxRows * Float.BYTES, "the codes of a step"),
                        gpu.allocate((long) maxRows * Integer.BYTES, "the codes of a step")));
    }

    @Override
    public Gain gain(float[] weights) {
        return with(gpu, "taking a norm", () -> {
            MemorySegment memory = gpu.allocate((long) DeviceCodes.stride(weights.length) * Float.BYTES, "a norm");
            uploads.upload(weights, memory);
            return new DeviceGain(memory);
        });
    }

    @Override
    public TernaryMatrix ternary(List<TernaryTensor> stacked) {
        String name = stacked.getFirst().name();
        boolean grouped = stacked.getFirst().granularity() != ScaleGranularity.TENSOR;
        return with(
                gpu,
                "taking " + name,
                () -> grouped ? ternaryLoader.loadGrouped(stacked) : ternaryLoader.load(stacked));
    }

    @Override
    public Embedding embedding(TokenTable table) {
        return table instanceof TernaryTable ternary ? ternaryTable(ternary) : table(FloatTable.require(table));
    }

    @Override
    public Head head(TokenTable tokens, HeadType type) {
        if (tokens instanceof TernaryTable ternary) {
            GroupedTernary w = ternaryTable(ternary);
            WideCodes codes = with(
                    gpu, "taking " + ternary.name(), () -> WideCodes.allocate(gpu, w.columns(), logitsRoom.outputs()));
            return new DeviceHead(null, null, new TernaryHead(w, codes));
        }
        FloatTable table = FloatTable.require(tokens);
        if (type == HeadType.INT8) {
            return int8Head(table);
        }
        DeviceTable there = table(table);
        return new DeviceHead(there, with(gpu, "screening " + table.name(), () -> screen(there)), null);
    }

    /** Its codes and scales alone stay, unless the table is the embedding as well. */
    private DeviceHead int8Head(FloatTable table) {
        if (!ScreenedLogits.fits(gpu, table.columns())) {
            throw new UnsupportedByBackendException("a block on " + gpu.device().name()
                    + " has too little shared memory for an int8 head of " + table.name());
        }
        boolean shared = sharedTable != null && table.equals(sharedSource);
        DeviceTable there = table(table);
        return with(gpu, "making an int8 head of " + table.name(), () -> {
            DeviceScreen codes = DeviceScreen.of(there, gpu);
            if (!shared) {
                gpu.stream().await("making an int8 head");
                gpu.memory().free(there.data());
                sharedTable = null;
                sharedSource = null;
            }
            return new DeviceHead(null, codes, null);
        });
    }

    /** The screen of a head, where it pays and leaves enough memory for sequences; all weights are there by now. */
    private @Nullable DeviceScreen screen(DeviceTable head) {
        if (!DeviceScreen.pays(head.type(), head.rows()) || !ScreenedLogits.fits(gpu, head.columns())) {
            return null;
        }
        long needed = DeviceScreen.bytes(head.rows(), head.columns()) + maxPages * cacheShape.pageBytes() + SPARE_BYTES;
        return needed <= gpu.context().freeBytes() ? DeviceScreen.of(head, gpu) : null;
    }

    @Override
    public FloatMatrix matrix(FloatTable table) {
        return uploaded(table);
    }

    @Override
    public Hadamard hadamard(HadamardRotation rotation) {
        if (!Rotate.fits(rotation.block(), gpu)) {
            throw new UnsupportedByBackendException("a block on " + gpu.device().name()
                    + " has too little shared memory to rotate " + rotation.block() + " elements");
        }
        return rotations.computeIfAbsent(
                rotation,
                source -> new DeviceHadamard(
                        source.signs().length,
                        source.block(),
                        source.factor(),
                        uploaded("a rotation", source.signs())));
    }

    @Override
    public Kernels.DeltaNet deltaNet(GatedDeltaNet net) {
        String what = "a gated DeltaNet";
        return new DeltaWeights(
                Objects.requireNonNull(config.delta()),
                uploaded(what, net.convolution()),
                uploaded(what, net.timeBias()),
                uploaded(what, net.decay()),
                uploaded(what, net.norm()),
                net.grouped());
    }

    private MemorySegment uploaded(String what, float[] values) {
        return with(gpu, "taking " + what, () -> {
            MemorySegment memory = gpu.allocate((long) values.length * Float.BYTES, what);
            uploads.upload(values, memory);
            return memory;
        });
    }

    private DeviceTable table(FloatTable table) {
        if (sharedTable != null && table.equals(sharedSource)) {
            return sharedTable;
        }
        DeviceTable made = uploaded(table);
        sharedSource = table;
        sharedTable = made;
        return made;
    }

    private DeviceTable uploaded(FloatTable table) {
        return with(gpu, "taking " + table.name(), () -> {
            MemorySegment memory = gpu.allocate(table.data().byteSize(), table.name());
            uploads.upload(table.data(), memory);
            return new DeviceTable(table.type(), table.rows(), table.columns(), memory);
        });
    }

    private GroupedTernary ternaryTable(TernaryTable table) {
        if (sharedTernary != null && table.equals(ternarySource)) {
            return sharedTernary;
        }
        GroupedTernary made = with(gpu, "taking " + table.name(), () -> ternaryLoader.loadTable(table.tensor()));
        ternarySource = table;
        sharedTernary = made;
        return made;
    }

    // ---- Caches ----

    @Override
    public Cache cache() {
        return with(gpu, "making a cache", () -> pages.open(this));
    }

    @Override
    public long pageBytes() {
        return cacheShape.pageBytes();
    }

    @Override
    public Page page() {
        return with(gpu, "making room for tokens", pages::page);
    }

    @Override
    public void copy(Page from, Page to) {
        run("copying a page", () -> pages.copy((CachePages.DevicePage) from, (CachePages.DevicePage) to));
    }

    @Override
    public long storedPageBytes() {
        return new StoredPage(cacheShape).bytes();
    }

    @Override
    public void write(Page page, MemorySegment to) {
        run(
                "reading a page",
                () -> pages.withPinned(pinned -> {
                    gpu.stream().download(((CachePages.DevicePage) page).data(), pinned);
                    gpu.stream().await("reading a page");
                    new StoredPage(cacheShape).fromDevice(pinned, to);
                }));
    }

    @Override
    public void read(MemorySegment from, Page page) {
        run(
                "writing a page",
                () -> pages.withPinned(pinned -> {
                    new StoredPage(cacheShape).toDevice(from, pinned);
                    gpu.stream().upload(pinned, ((CachePages.DevicePage) page).data());
                    gpu.stream().await("writing a page");
                }));
    }

    @Override
    public void free(Page page) {
        pages.free((CachePages.DevicePage) page);
    }

    @Override
    public long stateBytes() {
        return DeltaStates.bytes(config.delta());
    }

    @Override
    public State state() {
        return with(gpu, "making room for a sequence", deltaStates::state);
    }

    @Override
    public void copy(State from, State to) {
        run("copying a state", () -> deltaStates.copy((DeltaStates.DeviceState) from, (DeltaStates.DeviceState) to));
    }

    @Override
    public void free(State state) {
        deltaStates.free((DeltaStates.DeviceState) state);
    }

    void put(PagedCache cache, int from, List<? extends Page> more) {
        run("making room in a cache", () -> {
            filled = Math.max(filled, (from + more.size()) * CacheShape.PAGE);
            ropes.values().forEach(rows -> rows.reserve(filled));
            pages.put(cache, from, more);
        });
    }

    void close(PagedCache cache) {
        pages.close(cache);
    }

    // ---- Steps ----

    @Override
    public void run(Step step, Runnable program) {
        if (step.rows() > maxRows) {
            throw new IllegalArgumentException("a step of " + step.rows() + " rows, and room for " + maxRows);
        }
        String what = "computing a step of " + step.rows() + " tokens, " + step.outputs() + " with logits";
        run(what, () -> {
            if (loading) {
                loading = false;
                ternaryLoader.finish();
                sharedSource = null;
                ternarySource = null;
            }
            steps.run(step, program);
        });
    }

    @Override
    public void embed(Embedding table, Floats x) {
        steps.record(new Embed(entries, table, (DeviceRows) x));
    }

    @Override
    public void scale(Floats x, float factor) {
        steps.record(new Scale((DeviceRows) x, factor));
    }

    @Override
    public void rotate(Hadamard rotation, Floats x, Floats y) {
        steps.record(new Rotate((DeviceHadamard) rotation, (DeviceRows) x, (DeviceRows) y, false));
    }

    @Override
    public void rotateBack(Hadamard rotation, Floats x) {
        steps.record(new Rotate((DeviceHadamard) rotation, (DeviceRows) x, (DeviceRows) x, true));
    }

    @Override
    public void floatMatmul(FloatMatrix w, Floats x, Floats y) {
        steps.record(new FloatMatmul((DeviceTable) w, (DeviceRows) x, (DeviceRows) y));
    }

    @Override
    public void norm(Floats x, Gain gain, Floats y) {
        steps.record(new Norm((DeviceRows) x, (DeviceGain) gain, (DeviceRows) y, config.normEpsilon(), false));
    }

    @Override
    public void normAdd(Floats y, Gain gain, Floats x) {
        steps.record(new Norm((DeviceRows) y, (DeviceGain) gain, (DeviceRows) x, config.normEpsilon(), true));
    }

    @Override
    public void normQuantize(Floats x, Gain gain, Quantized q) {
        quantize((DeviceRows) x, (DeviceGain) gain, q);
    }

    @Override
    public void quantize(Floats x, Quantized q) {
        quantize((DeviceRows) x, null, q);
    }

    private void quantize(DeviceRows x, @Nullable DeviceGain gain, Quantized q) {
        steps.record(
                q instanceof WideCodes wide
                        ? new WideQuantize(x, gain, wide, config.normEpsilon())
                        : new NormQuantize(x, gain, (DeviceCodes) q, config.normEpsilon()));
    }

    @Override
    public void ternaryMatmul(TernaryMatrix w, Quantized q, Floats y) {
        multiply(w, q, y, TernaryMatmul.Then.STORE);
    }

    @Override
    public void ternaryMatmulAdd(TernaryMatrix w, Quantized q, Floats x) {
        multiply(w, q, x, TernaryMatmul.Then.ADD);
    }

    private void multiply(TernaryMatrix w, Quantized q, Floats y, TernaryMatmul.Then then) {
        steps.record(
                w instanceof GroupedTernary grouped
                        ? new GroupedMatmul(grouped, (WideCodes) q, (DeviceRows) y, then)
                        : new TernaryMatmul((PackedTernary) w, (DeviceCodes) q, (DeviceRows) y, then, null, null));
    }

    @Override
    public void headNorm(Gain query, Gain key, Floats qkv) {
        steps.record(new HeadNorm(
                cacheShape, (DeviceGain) query, (DeviceGain) key, (DeviceRows) qkv, config.normEpsilon(), null));
    }

    @Override
    public void ropeStore(int layer, Floats qkv) {
        RopeRows rope = Objects.requireNonNull(ropes.get(scope(layer).rope()));
        steps.record(new RopeStore(new Rope(rope, cacheShape, entries, layer), (DeviceRows) qkv));
    }

    @Override
    public void attention(int layer, Floats qkv, Floats out) {
        steps.record(new Attention(
                attentionRoom, cacheShape, scope(layer), entries, layer, (DeviceRows) qkv, (DeviceRows) out));
    }

    @Override
    public void attentionGate(Floats qkv, Floats out) {
        steps.record(new AttentionGate(cacheShape, (DeviceRows) qkv, (DeviceRows) out));
    }

    @Override
    public void deltaNet(int layer, Kernels.DeltaNet weights, Floats mixed, Floats out) {
        steps.record(new DeltaHeads(
                entries, (DeltaWeights) weights, layer, config.normEpsilon(), (DeviceRows) mixed, (DeviceRows) out));
    }

    @Override
    public void keepOutputs(Floats attended, Floats residual) {
        steps.record(new KeepOutputs(entries, (DeviceRows) attended, (DeviceRows) residual));
    }

    @Override
    public void gate(Activation activation, Floats gateUp, Floats h) {
        steps.record(new Gate(activation, (DeviceRows) gateUp, (DeviceRows) h));
    }

    @Override
    public void outputNorm(Floats x, Gain gain, Floats y) {
        steps.record(new OutputNorm(entries, (DeviceRows) x, (DeviceGain) gain, (DeviceRows) y, config.normEpsilon()));
    }

    @Override
    public void logits(Head head, Floats y) {
        steps.record(new LogitsOfRows(logitsRoom, (DeviceHead) head, (DeviceRows) y, null));
    }

    @Override
    public void states(Floats y) {
        steps.record(new States((DeviceRows) y, statesRoom(((DeviceRows) y).columns())));
    }

    private MemorySegment statesRoom(int columns) {
        if (statesRoom == null) {
            statesRoom = gpu.memory().pinned((long) maxRows * columns * Float.BYTES);
        }
        return statesRoom;
    }

    // ---- For tests ----

    /** Overwrites the first rows of a buffer. */
    void write(DeviceRows to, float[] values) {
        run("writing rows", () -> uploads.upload(values, to.data()));
    }

    /** The first rows of a buffer. */
    float[] read(DeviceRows from, int rows) {
        float[] values = new float[rows * from.columns()];
        run("reading rows", () -> {
            MemorySegment pinned = gpu.memory().pinned((long) values.length * Float.BYTES);
            gpu.stream().download(from.data().asSlice(0, pinned.byteSize()), pinned);
            gpu.stream().await("reading rows");
            MemorySegment.ofArray(values).copyFrom(pinned);
            gpu.memory().freePinned(pinned);
        });
        return values;
    }

    @Override
    public long memoryBytes() {
        return gpu.memory().bytes() - pages.bytes() - deltaStates.bytes();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            pages.forget();
            deltaStates.forget();
            try (var _ = gpu.context().enterToClose()) {
                steps.close();
            }
            gpu.close();
        }
    }
}
