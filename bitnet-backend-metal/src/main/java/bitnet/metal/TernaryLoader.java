package bitnet.metal;

import bitnet.metal.gen.BitnetMetal;
import bitnet.metal.gen.bitnet_metal_grouped;
import bitnet.metal.gen.bitnet_metal_ternary;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTensor;
import bitnet.tensor.StoredBytes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings ternary matrices to the GPU: a file is read into memory that the GPU sees, and the GPU brings the weights into its own
 * layout.
 */
final class TernaryLoader {
    private final MetalMemory memory;
    private final CommandStream stream;
    private final Arena arena;

    /** @param stream on which weights are packed, between steps */
    TernaryLoader(MetalMemory memory, CommandStream stream, Arena arena) {
        this.memory = memory;
        this.stream = stream;
        this.arena = arena;
    }

    /** Matrices of equal width with a scale each, stacked. */
    PackedTernary load(List<TernaryTensor> stacked) {
        int columns = stacked.getFirst().columns();
        int count = rows(stacked);
        MetalBuffer packed = zeros(BitnetMetal.bitnet_metal_ternary_bytes(count, columns));
        MetalBuffer scales = memory.allocate((long) count * Float.BYTES);
        MemorySegment descriptor = bitnet_metal_ternary.allocate(arena);
        bitnet_metal_ternary.rows(descriptor, count);
        bitnet_metal_ternary.columns(descriptor, columns);
        bitnet_metal_ternary.packed(descriptor, packed.handle());
        bitnet_metal_ternary.scales(descriptor, scales.handle());
        int at = 0;
        for (TernaryTensor tensor : stacked) {
            int first = at;
            float scale = pack(
                    tensor,
                    (codes, _) -> BitnetMetal.bitnet_metal_ternary_pack(
                            stream.handle(), descriptor, first, tensor.rows(), codes.handle(), 0));
            for (int row = first; row < first + tensor.rows(); row++) {
                scales.data().setAtIndex(ValueLayout.JAVA_FLOAT, row, scale);
            }
            at += tensor.rows();
        }
        return new PackedTernary(count, columns, descriptor);
    }

    /** Matrices of equal width and granularity with scales of groups, stacked. */
    GroupedTernary loadGrouped(List<TernaryTensor> stacked) {
        int columns = stacked.getFirst().columns();
        int group = stacked.getFirst().granularity().columns();
        int count = rows(stacked);
        MetalBuffer packed = zeros(BitnetMetal.bitnet_metal_grouped_bytes(count, columns));
        MetalBuffer scales = zeros(BitnetMetal.bitnet_metal_grouped_scale_bytes(count, columns, group));
        MemorySegment descriptor = bitnet_metal_grouped.allocate(arena);
        bitnet_metal_grouped.rows(descriptor, count);
        bitnet_metal_grouped.columns(descriptor, columns);
        bitnet_metal_grouped.group(descriptor, group);
        bitnet_metal_grouped.packed(descriptor, packed.handle());
        bitnet_metal_grouped.scales(descriptor, scales.handle());
        int at = 0;
        for (TernaryTensor tensor : stacked) {
            int first = at;
            pack(
                    tensor,
                    (codes, groupScales) -> BitnetMetal.bitnet_metal_grouped_pack(
                            stream.handle(), descriptor, first, tensor.rows(), codes.handle(), groupScales.handle()));
            at += tensor.rows();
        }
        return new GroupedTernary(count, columns, descriptor);
    }

    private static int rows(List<TernaryTensor> stacked) {
        return stacked.stream().mapToInt(TernaryTensor::rows).reduce(0, Math::addExact);
    }

    /** Rows that complete the last block are zeros. */
    private MetalBuffer zeros(long bytes) {
        MetalBuffer buffer = memory.allocate(bytes);
        buffer.data().fill((byte) 0);
        return buffer;
    }

    /** Records what packs a tensor's codes and, where it has such, its scales of groups. */
    @FunctionalInterface
    private interface Packing {
        int record(MetalBuffer codes, MetalBuffer groupScales);
    }

    /** Returns the tensor's scale. */
    private float pack(TernaryTensor tensor, Packing packing) {
        List<MetalBuffer> buffers = new ArrayList<>(); // of the codes, then of the scales
        try {
            TernaryTensor.Packed source = tensor.pack((bytes, alignment) -> {
                buffers.add(memory.allocate(bytes));
                return buffers.getLast().data();
            });
            if (buffers.isEmpty()) {
                buffers.add(memory.load(StoredBytes.of(source.codes())));
            }
            if (buffers.size() == 1 && tensor.granularity() != ScaleGranularity.TENSOR) {
                buffers.add(memory.load(StoredBytes.of(source.groupScales())));
            }
            stream.begin(MemorySegment.NULL, 0);
            stream.check(packing.record(buffers.getFirst(), buffers.getLast()));
            stream.await();
            return source.scale();
        } finally {
            stream.abandon();
            buffers.forEach(memory::free);
        }
    }
}
