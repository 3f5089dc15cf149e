package bitnet.cuda;

import bitnet.KvType;
import bitnet.cuda.gen.BitnetCuda;
import bitnet.model.ModelConfig;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What blocks of {@link DecodeStep} give one another, and how the step is spread over a device.
 *
 * @param blocks of a launch
 * @param sharedBytes of a block
 * @param maxChunks of the longest context
 */
record DecodeRoom(
        int blocks,
        int sharedBytes,
        int maxChunks,
        MemorySegment layers,
        MemorySegment qkv,
        MemorySegment attended,
        MemorySegment middle,
        MemorySegment gated,
        MemorySegment lastGated,
        MemorySegment next,
        MemorySegment partial) {
    /** Copies in bulk to shared memory. */
    private static final int OLDEST_CAPABILITY = 90;
    /** Beside a head's dimensions in what a chunk comes to. */
    private static final int PARTIAL_EXTRA = 4;
    /** Warps of a block that bring chunks together; {@code WARPS} in {@code decode_block.h}. */
    private static final int WARPS = 8;

    /** Room for models of a shape; null if the step cannot have that shape on the device. */
    static @Nullable DecodeRoom allocate(Gpu gpu, CacheShape shape, int contextLength) {
        ModelConfig config = shape.config();
        int maxChunks = Math.ceilDiv(contextLength, CacheShape.PAGE);
        int[] tiles = tiles(config);
        int blocks = gpu.device().multiprocessors();
        for (int count : tiles) {
            blocks = Math.min(blocks, count);
        }
        if (!fits(gpu, shape) || !fits(shape, tiles, blocks, maxChunks)) {
            return null;
        }
        int sharedBytes = sharedBytes(shape, tiles, blocks);
        if (sharedBytes > gpu.device().sharedBytes()) {
            return null;
        }
        int qkv = config.queryWidth() + 2 * config.kvWidth();
        long partial = (long) config.heads() * maxChunks * (config.headDim() + PARTIAL_EXTRA);
        return new DecodeRoom(
                blocks,
                sharedBytes,
                maxChunks,
                gpu.allocate(DecodeStep.layersBytes(config.layers()), "the layers' addresses"),
                row(gpu, qkv),
                row(gpu, config.queryWidth()),
                row(gpu, config.hidden()),
                row(gpu, config.feedForward()),
                row(gpu, config.feedForward()),
                row(gpu, config.hidden()),
                row(gpu, partial));
    }

    private static MemorySegment row(Gpu gpu, long columns) {
        return gpu.allocate(columns * Float.BYTES, "a step of one token");
    }

    /** Tiles of the four products of a layer. */
    private static int[] tiles(ModelConfig config) {
        return new int[] {
            (config.queryWidth() + 2 * config.kvWidth()) / RowOrder.TILE,
            Math.ceilDiv(config.hidden(), RowOrder.TILE),
            2 * config.feedForward() / RowOrder.TILE,
            Math.ceilDiv(config.hidden(), RowOrder.TILE)
        };
    }

    /** The kernels there are. */
    private static boolean fits(Gpu gpu, CacheShape shape) {
        ModelConfig config = shape.config();
        return gpu.device().capability() >= OLDEST_CAPABILITY
                && shape.kvType() == KvType.F16
                && (config.headDim() == 64 || config.headDim() == 128)
                && config.feedForward() % (RowOrder.TILE / 2) == 0
                && config.hidden() <= BitnetCuda.BITNET_DECODE_HIDDEN()
                && config.queryWidth() <= BitnetCuda.BITNET_DECODE_HIDDEN()
                && config.feedForward() <= BitnetCuda.BITNET_DECODE_GATED();
    }

    /** What a block has room for. */
    private static boolean fits(CacheShape shape, int[] tiles, int blocks, int maxChunks) {
        ModelConfig config = shape.config();
        for (int count : tiles) {
            if (Math.ceilDiv(count, blocks) * RowOrder.TILE > BitnetCuda.BITNET_DECODE_ROWS()) {
                return false;
            }
        }
        int queries = shape.group() * (config.headDim() + CacheShape.PAGE) * Float.BYTES;
        return queries <= BitnetCuda.BITNET_DECODE_GATED()
                && Math.ceilDiv(config.kvHeads() * maxChunks, blocks) <= BitnetCuda.BITNET_DECODE_RANGES()
                && WARPS * maxChunks * 2 * Float.BYTES <= slotBytes(shape);
    }

    private static int slotBytes(CacheShape shape) {
        return BitnetCuda.BITNET_DECODE_SLOTS() * shape.tileBytes() / 2;
    }

    /** {@code Block} in the kernel, and the units of the block's tiles. */
    private static int sharedBytes(CacheShape shape, int[] tiles, int blocks) {
        ModelConfig config = shape.config();
        int[] columns = {config.hidden(), config.queryWidth(), config.hidden(), config.feedForward()};
        long bytes =
                (long) slotBytes(shape) + BitnetCuda.BITNET_DECODE_GATED() + BitnetCuda.BITNET_DECODE_OTHER_BYTES();
        for (int product = 0; product < tiles.length; product++) {
            bytes += PackedTernary.unitBytes(Math.ceilDiv(tiles[product], blocks), columns[product]);
        }
        return (int) Math.min(bytes, Integer.MAX_VALUE);
    }
}
