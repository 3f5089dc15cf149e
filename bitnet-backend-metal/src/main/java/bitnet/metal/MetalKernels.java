package bitnet.metal;

import bitnet.BackendFailureException;
import bitnet.BitNetException;
import bitnet.HeadType;
import bitnet.KvType;
import bitnet.metal.gen.BitnetMetal;
import bitnet.metal.gen.bitnet_metal_codes;
import bitnet.metal.gen.bitnet_metal_shape;
import bitnet.metal.gen.bitnet_metal_wide;
import bitnet.model.Activation;
import bitnet.model.ActivationPrecision;
import bitnet.model.FloatTable;
import bitnet.model.ModelConfig;
import bitnet.model.TernaryTable;
import bitnet.model.TernaryTensor;
import bitnet.model.TokenTable;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;
import bitnet.spi.Step;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@link Kernels} that record the operations of a step into one command buffer and wait for the GPU at its end. */
final class MetalKernels implements Kernels {
    /**
     * Multiply-and-adds after which recorded operations are sent while others are being recorded: about a tenth of a second
     * of an M1, 28 tokens of a 2B model. A step of decode is one command buffer; a long prompt does not keep the GPU, which
     * also draws the screen, for seconds.
     */
    static final long SEND_WORK = 1L << 36;
    /** Room for partial results of attention: 50 rows of a 2B model at 4096 positions. */
    private static final long PARTIAL_BYTES = 32L << 20;

    private final MetalDevice device;
    private final MetalMemory memory;
    /** Of caches, which are not counted. */
    private final MetalMemory cacheMemory;

    private final Arena arena = Arena.ofShared();
    private final CommandStream stream;
    private final int maxRows;
    private final int contextLength;
    private final float epsilon;
    private final MemorySegment shape;
    private final Weights weights;
    private final StepRows rows;
    private final AttentionTiles tiles;
    private final MetalBuffer partial;
    private final LogitsRows logitsRows;
    private final RopeRows rope;
    private final Set<MetalCache> caches = new HashSet<>();
    private Step step = new Step(0);
    /** The group of outputs from here on is recorded and not delivered. */
    private int undelivered;

    private boolean closed;

    /**
     * Kernels for models of one shape, on a device that they own.
     *
     * @param sendWork in place of {@link #SEND_WORK}
     * @throws BackendFailureException if there is too little memory; the device is closed then
     */
    MetalKernels(MetalDevice device, ModelConfig config, CompileOptions options, long sendWork) {
        this.device = device;
        memory = new MetalMemory(device);
        cacheMemory = new MetalMemory(device);
        maxRows = options.maxRows();
        contextLength = options.contextLength();
        epsilon = config.normEpsilon();
        shape = shape(config, options.kvType());
        CommandStream opened = null;
        try {
            opened = device.stream(sendWork);
            stream = opened;
            weights = new Weights(memory, stream, arena);
            rows = new StepRows(memory, arena, maxRows);
            long unitBytes = BitnetMetal.bitnet_metal_partial_bytes(shape, 1, PAGE);
            long oneRow = BitnetMetal.bitnet_metal_partial_bytes(shape, 1, contextLength);
            long partialBytes = Math.clamp(maxRows * oneRow, oneRow, Math.max(oneRow, PARTIAL_BYTES));
            partial = memory.allocate(partialBytes);
            tiles = new AttentionTiles(memory, maxRows, unitBytes, partialBytes);
            logitsRows = new LogitsRows(memory, config.vocabulary(), maxRows);
            rope = new RopeRows(config.rope(), contextLength, memory);
        } catch (RuntimeException | Error e) {
            close(opened);
            throw e;
        }
    }

    private MemorySegment shape(ModelConfig config, KvType kvType) {
        MemorySegment made = bitnet_metal_shape.allocate(arena);
        bitnet_metal_shape.layers(made, config.layers());
        bitnet_metal_shape.heads(made, config.heads());
        bitnet_metal_shape.kv_heads(made, config.kvHeads());
        bitnet_metal_shape.head_dim(made, config.headDim());
        bitnet_metal_shape.kv_type(
                made,
                switch (kvType) {
                    case F16 -> BitnetMetal.BITNET_METAL_KV_F16();
                    case F32 -> BitnetMetal.BITNET_METAL_KV_F32();
                });
        return made;
    }

    private record GainVector(MetalBuffer weights) implements Gain {}

    @Override
    public FloatRows floats(int columns) {
        return new FloatRows(memory.allocate((long) maxRows * columns * Float.BYTES), columns);
    }

    @Override
    public Quantized quantized(int columns, ActivationPrecision precision) {
        return switch (precision) {
            case INT8_PER_TOKEN -> codes(columns);
            case WIDE_PER_TOKEN -> wide(columns, maxRows);
        };
    }

    private CodeRows codes(int columns) {
        MemorySegment codes = bitnet_metal_codes.allocate(arena);
        bitnet_metal_codes.columns(codes, columns);
        long rowBytes = BitnetMetal.bitnet_metal_codes_bytes(columns);
        bitnet_metal_codes.codes(codes, memory.allocate(maxRows * rowBytes).handle());
        bitnet_metal_codes.factors(
                codes, memory.allocate((long) maxRows * Float.BYTES).handle());
        return new CodeRows(columns, codes);
    }

    private WideRows wide(int columns, int count) {
        MemorySegment codes = bitnet_metal_wide.allocate(arena);
        bitnet_metal_wide.columns(codes, columns);
        long rowBytes = BitnetMetal.bitnet_metal_wide_bytes(columns);
        bitnet_metal_wide.codes(codes, memory.allocate(count * rowBytes).handle());
        bitnet_metal_wide.steps(
                codes, memory.allocate((long) count * Float.BYTES).handle());
        return new WideRows(columns, codes);
    }

    @Override
    public Gain gain(float[] values) {
        return new GainVector(weights.vector(values));
    }

    @Override
    public TernaryMatrix ternary(List<TernaryTensor> stacked) {
        return weights.ternary(stacked);
    }

    @Override
    public Embedding embedding(TokenTable table) {
        return switch (table) {
            case FloatTable floats -> weights.table(floats);
            case TernaryTable ternary -> weights.table(ternary);
        };
    }

    @Override
    public Head head(TokenTable table, HeadType type) {
        MetalBody.requireHead(type);
        return switch (table) {
            case FloatTable floats -> weights.table(floats);
            case TernaryTable ternary ->
                new TernaryHead(weights.table(ternary), wide(ternary.columns(), LogitsRows.together(maxRows)));
        };
    }

    @Override
    public long pageBytes() {
        return BitnetMetal.bitnet_metal_page_bytes(shape);
    }

    @Override
    public Page page() {
        if (!cacheMemory.hasRoom(pageBytes())) {
            throw new OutOfMemoryError(
                    "keys and values take %,d bytes, and the GPU works with no more".formatted(cacheMemory.bytes()));
        }
        return new MetalCache.Page(cacheMemory.allocate(pageBytes()));
    }

    @Override
    public void copy(Page from, Page to) {
        MemorySegment source = ((MetalCache.Page) from).buffer().data();
        ((MetalCache.Page) to).buffer().data().copyFrom(source);
    }

    @Override
    public long storedPageBytes() {
        return pageBytes();
    }

    /** Pages lie as they are stored. */
    @Override
    public void write(Page page, MemorySegment to) {
        MemorySegment.copy(((MetalCache.Page) page).buffer().data(), 0, to, 0, pageBytes());
    }

    @Override
    public void read(MemorySegment from, Page page) {
        MemorySegment.copy(from, 0, ((MetalCache.Page) page).buffer().data(), 0, pageBytes());
    }

    @Override
    public void free(Page page) {
        cacheMemory.free(((MetalCache.Page) page).buffer());
    }

    @Override
    public Cache cache() {
        MetalCache cache = new MetalCache(this, cacheMemory, contextLength);
        caches.add(cache);
        return cache;
    }

    /** For caches: makes sure of the rope's rows. */
    void reservePositions(int positions) {
        rope.reserve(Math.min(positions, contextLength));
    }

    /** For caches: that one is closed. */
    void forget(MetalCache cache) {
        caches.remove(cache);
    }

    @Override
    public void run(Step newStep, Runnable program) {
        step = newStep;
        rows.fill(step);
        tiles.fill(step);
        undelivered = step.outputs();
        boolean done = false;
        try {
            begin();
            program.run();
            await();
            done = true;
        } catch (BitNetException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            throw new BackendFailureException("the Metal kernels failed: " + e, e);
        } finally {
            if (!done) {
                stream.abandon();
            }
        }
    }

    private void begin() {
        stream.begin(rows.reached(), rows.reachedCount());
    }

    private void await() {
        stream.await();
        logitsRows.deliver(step, undelivered, outputsFrom(undelivered));
    }

    /** Outputs of the group that begins there. */
    private int outputsFrom(int first) {
        return Math.min(LogitsRows.GROUP, step.outputs() - first);
    }

    @Override
    public void embed(Embedding table, Floats x) {
        int status = table instanceof GroupedTernary ternary
                ? BitnetMetal.bitnet_metal_grouped_embed(
                        stream.handle(), ternary.descriptor(), rows.rows(), step.rows(), data(x))
                : BitnetMetal.bitnet_metal_embed(
                        stream.handle(), ((Table) table).descriptor(), rows.rows(), step.rows(), data(x));
        stream.check(status);
    }

    @Override
    public void normQuantize(Floats x, Gain gain, Quantized q) {
        MemorySegment norm = values(gain);
        int status = q instanceof WideRows wide
                ? BitnetMetal.bitnet_metal_wide_norm_quantize(
                        stream.handle(), data(x), norm, epsilon, step.rows(), wide.descriptor())
                : BitnetMetal.bitnet_metal_norm_quantize(
                        stream.handle(), data(x), norm, epsilon, step.rows(), ((CodeRows) q).descriptor());
        stream.check(status);
    }

    @Override
    public void quantize(Floats x, Quantized q) {
        int status = q instanceof WideRows wide
                ? BitnetMetal.bitnet_metal_wide_quantize(stream.handle(), data(x), 0, step.rows(), wide.descriptor())
                : BitnetMetal.bitnet_metal_quantize(stream.handle(), data(x), step.rows(), ((CodeRows) q).descriptor());
        stream.check(status);
    }

    @Override
    public void ternaryMatmul(TernaryMatrix w, Quantized q, Floats y) {
        multiply(w, q, y, 0);
    }

    @Override
    public void ternaryMatmulAdd(TernaryMatrix w, Quantized q, Floats x) {
        multiply(w, q, x, 1);
    }

    private void multiply(TernaryMatrix w, Quantized q, Floats y, int add) {
        if (w instanceof GroupedTernary grouped) {
            multiply(grouped, (WideRows) q, step.rows(), data(y), add);
            return;
        }
        stream.check(BitnetMetal.bitnet_metal_ternary_matmul(
                stream.handle(),
                ((PackedTernary) w).descriptor(),
                ((CodeRows) q).descriptor(),
                step.rows(),
                data(y),
                add));
    }

    private void multiply(GroupedTernary w, WideRows q, int count, MemorySegment y, int add) {
        stream.check(BitnetMetal.bitnet_metal_grouped_matmul(
                stream.handle(), w.descriptor(), q.descriptor(), count, y, add));
    }

    @Override
    public void headNorm(Gain query, Gain key, Floats qkv) {
        stream.check(BitnetMetal.bitnet_metal_head_norm(
                stream.handle(), shape, values(query), values(key), epsilon, step.rows(), data(qkv)));
    }

    @Override
    public void ropeStore(int layer, Floats qkv) {
        stream.check(BitnetMetal.bitnet_metal_rope_store(
                stream.handle(), shape, layer, rows.rows(), step.rows(), rope.handle(), rope.positions(), data(qkv)));
    }

    @Override
    public void attention(int layer, Floats qkv, Floats out) {
        for (int i = 0; i < tiles.groups(); i++) {
            AttentionTiles.Group group = tiles.group(i);
            stream.check(BitnetMetal.bitnet_metal_attention(
                    stream.handle(),
                    shape,
                    layer,
                    rows.rows(),
                    step.rows(),
                    tiles.handle(),
                    group.firstTile(),
                    group.tiles(),
                    group.rows(),
                    group.most(),
                    group.positions(),
                    data(qkv),
                    partial.handle(),
                    data(out)));
        }
    }

    @Override
    public void gate(Activation activation, Floats gateUp, Floats h) {
        int type = switch (activation) {
            case SQUARED_RELU -> BitnetMetal.BITNET_METAL_SQUARED_RELU();
            case SILU -> BitnetMetal.BITNET_METAL_SILU();
            case GELU_TANH -> throw new UnsupportedOperationException("no kernel for GELU");
        };
        stream.check(BitnetMetal.bitnet_metal_gate(
                stream.handle(), type, data(gateUp), ((FloatRows) h).columns(), step.rows(), data(h)));
    }

    @Override
    public void outputNorm(Floats x, Gain gain, Floats y) {
        if (step.outputs() > 0) {
            stream.check(BitnetMetal.bitnet_metal_output_norm(
                    stream.handle(),
                    data(x),
                    ((FloatRows) x).columns(),
                    values(gain),
                    epsilon,
                    rows.outputs(),
                    step.outputs(),
                    data(y)));
        }
    }

    @Override
    public void logits(Head head, Floats y) {
        for (int first = 0; first < step.outputs(); first += LogitsRows.GROUP) {
            if (first > 0) {
                // Their room is needed again.
                await();
                begin();
            }
            undelivered = first;
            logits(head, y, first, outputsFrom(first));
        }
    }

    private void logits(Head head, Floats y, int first, int count) {
        if (head instanceof TernaryHead(GroupedTernary matrix, WideRows codes)) {
            stream.check(
                    BitnetMetal.bitnet_metal_wide_quantize(stream.handle(), data(y), first, count, codes.descriptor()));
            multiply(matrix, codes, count, logitsRows.handle(), 0);
            return;
        }
        stream.check(BitnetMetal.bitnet_metal_logits(
                stream.handle(), ((Table) head).descriptor(), data(y), first, count, logitsRows.handle()));
    }

    private static MemorySegment values(Gain gain) {
        return ((GainVector) gain).weights().handle();
    }

    private static MemorySegment data(Floats rows) {
        return ((FloatRows) rows).buffer().handle();
    }

    /** For tests: command buffers that the last step took. */
    int commandBuffers() {
        return stream.commandBuffers();
    }

    @Override
    public long memoryBytes() {
        return memory.bytes();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            List.copyOf(caches).forEach(MetalCache::close);
            close(stream);
        }
    }

    private void close(@Nullable CommandStream opened) {
        if (opened != null) {
            opened.close();
        }
        memory.close();
        cacheMemory.close();
        device.close();
        arena.close();
    }
}
