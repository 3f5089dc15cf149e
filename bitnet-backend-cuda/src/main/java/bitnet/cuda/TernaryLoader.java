package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_grouped_pack;
import bitnet.cuda.gen.bitnet_ternary_pack;
import bitnet.model.ModelConfig;
import bitnet.model.TernaryTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Brings ternary matrices to the device: canonical rows are uploaded as they are, and the device interleaves them. */
final class TernaryLoader {
    private static final int THREADS = 256;
    private static final int BLOCKS_OF_A_PROCESSOR = 8;

    private final Gpu gpu;
    private final Uploads uploads;
    private final ModelConfig config;
    private MemorySegment canonical = MemorySegment.NULL;
    private MemorySegment scales = MemorySegment.NULL;

    TernaryLoader(Gpu gpu, Uploads uploads, ModelConfig config) {
        this.gpu = gpu;
        this.uploads = uploads;
        this.config = config;
    }

    PackedTernary load(List<TernaryTensor> stacked) {
        RowOrder order = RowOrder.of(stacked, config);
        int columns = stacked.getFirst().columns();
        int rows = stacked.stream().mapToInt(TernaryTensor::rows).sum();
        int tiles = order.outputs().length / RowOrder.TILE;
        String name = stacked.getFirst().name();
        PackedTernary w = new PackedTernary(
                order.pairs(),
                rows,
                columns,
                tiles,
                gpu.allocate(PackedTernary.unitBytes(tiles, columns), name),
                gpu.allocate((long) order.outputs().length * Integer.BYTES, name),
                gpu.allocate((long) order.outputs().length * Float.BYTES, name));
        uploads.upload(order.outputs(), w.outputs());
        float[] scaleOfOutput = new float[rows];
        int first = 0;
        for (TernaryTensor tensor : stacked) {
            try (Arena arena = Arena.ofShared()) {
                TernaryTensor.Packed packed = tensor.pack(arena);
                java.util.Arrays.fill(scaleOfOutput, first, first + tensor.rows(), packed.scale());
                canonical = room(canonical, packed.codes().byteSize());
                uploads.upload(packed.codes(), canonical);
            }
            pack(w, first, tensor.rows());
            first += tensor.rows();
        }
        float[] scales = new float[order.outputs().length];
        for (int row = 0; row < scales.length; row++) {
            int output = order.outputs()[row];
            scales[row] = output < 0 ? 0f : scaleOfOutput[output];
        }
        uploads.upload(scales, w.scales());
        return w;
    }

    /** Matrices with scales of groups. */
    GroupedTernary loadGrouped(List<TernaryTensor> stacked) {
        return loadGrouped(stacked, RowOrder.of(stacked, config));
    }

    /** A table. */
    GroupedTernary loadTable(TernaryTensor table) {
        return loadGrouped(List.of(table), RowOrder.inOrder(table));
    }

    private GroupedTernary loadGrouped(List<TernaryTensor> stacked, RowOrder order) {
        TernaryTensor any = stacked.getFirst();
        int rows = stacked.stream().mapToInt(TernaryTensor::rows).sum();
        int tiles = order.outputs().length / RowOrder.TILE;
        GroupedTernary w = new GroupedTernary(
                order.pairs(),
                any.granularity(),
                rows,
                any.columns(),
                tiles,
                gpu.allocate(GroupedTernary.bytes(rows, any.columns(), any.granularity()), any.name()),
                gpu.allocate((long) order.outputs().length * Integer.BYTES, any.name()));
        uploads.upload(order.outputs(), w.outputs());
        int first = 0;
        for (TernaryTensor tensor : stacked) {
            try (Arena arena = Arena.ofShared()) {
                TernaryTensor.Packed packed = tensor.pack(arena);
                canonical = room(canonical, packed.codes().byteSize());
                uploads.upload(packed.codes(), canonical);
                scales = room(scales, packed.groupScales().byteSize());
                uploads.upload(packed.groupScales(), scales);
            }
            pack(w, first, tensor.rows());
            first += tensor.rows();
        }
        return w;
    }

    private MemorySegment room(MemorySegment memory, long bytes) {
        if (memory.byteSize() >= bytes) {
            return memory;
        }
        gpu.memory().free(memory);
        return gpu.allocate(bytes, "weights on their way");
    }

    private Grid blocks() {
        return new Grid(gpu.device().multiprocessors() * BLOCKS_OF_A_PROCESSOR, 1, 1);
    }

    private void pack(GroupedTernary w, int first, int rows) {
        gpu.begin();
        gpu.launch(w.kernel("grouped_pack"), blocks(), THREADS, 0, arena -> {
            MemorySegment argument = bitnet_grouped_pack.allocate(arena);
            bitnet_grouped_pack.canonical(argument, canonical);
            bitnet_grouped_pack.scales(argument, scales);
            w.describe(bitnet_grouped_pack.to(argument));
            bitnet_grouped_pack.units(argument, w.units());
            bitnet_grouped_pack.first(argument, first);
            bitnet_grouped_pack.rows(argument, rows);
            bitnet_grouped_pack.groups(argument, w.granularity().groups(w.columns()));
            return argument;
        });
    }

    private void pack(PackedTernary w, int first, int rows) {
        gpu.begin();
        gpu.launch("ternary_pack", blocks(), THREADS, 0, arena -> {
            MemorySegment argument = bitnet_ternary_pack.allocate(arena);
            bitnet_ternary_pack.canonical(argument, canonical);
            w.describe(bitnet_ternary_pack.to(argument));
            bitnet_ternary_pack.units(argument, w.units());
            bitnet_ternary_pack.first(argument, first);
            bitnet_ternary_pack.rows(argument, rows);
            return argument;
        });
    }

    /** Frees what only loading needs. */
    void finish() {
        gpu.memory().free(canonical);
        canonical = MemorySegment.NULL;
        gpu.memory().free(scales);
        scales = MemorySegment.NULL;
    }
}
