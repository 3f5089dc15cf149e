package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
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
                makeRoom(packed.codes().byteSize());
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

    private void makeRoom(long bytes) {
        if (canonical.byteSize() < bytes) {
            gpu.memory().free(canonical);
            canonical = gpu.allocate(bytes, "weights on their way");
        }
    }

    private void pack(PackedTernary w, int first, int rows) {
        gpu.begin();
        int blocks = gpu.device().multiprocessors() * BLOCKS_OF_A_PROCESSOR;
        gpu.launch("ternary_pack", new Grid(blocks, 1, 1), THREADS, 0, arena -> {
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
    }
}
