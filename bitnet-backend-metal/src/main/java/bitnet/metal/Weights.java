package bitnet.metal;

import bitnet.metal.gen.BitnetMetal;
import bitnet.metal.gen.bitnet_metal_table;
import bitnet.metal.gen.bitnet_metal_ternary;
import bitnet.model.FloatTable;
import bitnet.model.TernaryTensor;
import bitnet.tensor.ElementType;
import bitnet.tensor.StoredBytes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Brings a model's tensors to the GPU. What it makes lives as long as its memory and its arena. */
final class Weights {
    private final MetalMemory memory;
    private final CommandStream stream;
    private final Arena arena;
    /** A table that is embedding and head is placed once. */
    private final Map<FloatTable, Table> tables = new HashMap<>();

    /** @param stream on which ternary weights are packed, between steps */
    Weights(MetalMemory memory, CommandStream stream, Arena arena) {
        this.memory = memory;
        this.stream = stream;
        this.arena = arena;
    }

    /** A copy of these floats. */
    MetalBuffer vector(float[] values) {
        MetalBuffer copy = memory.allocate((long) values.length * Float.BYTES);
        MemorySegment.copy(values, 0, copy.data(), ValueLayout.JAVA_FLOAT, 0, values.length);
        return copy;
    }

    /** Ternary matrices of equal width, stacked, in the layout of the kernels. */
    PackedTernary ternary(List<TernaryTensor> stacked) {
        int columns = stacked.getFirst().columns();
        int count = stacked.stream().mapToInt(TernaryTensor::rows).reduce(0, Math::addExact);
        MetalBuffer packed = memory.allocate(BitnetMetal.bitnet_metal_ternary_bytes(count, columns));
        packed.data().fill((byte) 0); // the rows that complete the last block are zeros
        MetalBuffer scales = memory.allocate((long) count * Float.BYTES);
        MemorySegment descriptor = bitnet_metal_ternary.allocate(arena);
        bitnet_metal_ternary.rows(descriptor, count);
        bitnet_metal_ternary.columns(descriptor, columns);
        bitnet_metal_ternary.packed(descriptor, packed.handle());
        bitnet_metal_ternary.scales(descriptor, scales.handle());
        int at = 0;
        for (TernaryTensor tensor : stacked) {
            float scale = pack(tensor, descriptor, at);
            for (int row = at; row < at + tensor.rows(); row++) {
                scales.data().setAtIndex(ValueLayout.JAVA_FLOAT, row, scale);
            }
            at += tensor.rows();
        }
        return new PackedTernary(count, columns, descriptor);
    }

    /** The file is read into memory that the GPU sees, and the GPU brings the weights into its own layout. Returns their scale. */
    private float pack(TernaryTensor tensor, MemorySegment descriptor, int at) {
        List<MetalBuffer> buffers = new ArrayList<>();
        try {
            TernaryTensor.Packed source = tensor.pack((bytes, alignment) -> {
                buffers.add(memory.allocate(bytes));
                return buffers.getLast().data();
            });
            if (buffers.isEmpty()) {
                buffers.add(memory.load(StoredBytes.of(source.codes())));
            }
            stream.begin(MemorySegment.NULL, 0);
            stream.check(BitnetMetal.bitnet_metal_ternary_pack(
                    stream.handle(),
                    descriptor,
                    at,
                    tensor.rows(),
                    buffers.getFirst().handle(),
                    0));
            stream.await();
            return source.scale();
        } finally {
            stream.abandon();
            buffers.forEach(memory::free);
        }
    }

    /** A table as its file has it. */
    Table table(FloatTable table) {
        return tables.computeIfAbsent(table, source -> {
            MetalBuffer data = memory.load(source.data());
            MemorySegment descriptor = bitnet_metal_table.allocate(arena);
            bitnet_metal_table.type(descriptor, typeOf(source.type()));
            bitnet_metal_table.rows(descriptor, source.rows());
            bitnet_metal_table.columns(descriptor, source.columns());
            bitnet_metal_table.data(descriptor, data.handle());
            bitnet_metal_table.offset(descriptor, 0);
            return new Table(source.rows(), source.columns(), descriptor);
        });
    }

    private static int typeOf(ElementType type) {
        return switch (type) {
            case F32 -> BitnetMetal.BITNET_METAL_F32();
            case F16 -> BitnetMetal.BITNET_METAL_F16();
            case BF16 -> BitnetMetal.BITNET_METAL_BF16();
            case Q8_0 -> BitnetMetal.BITNET_METAL_Q8_0();
            case Q6_K -> BitnetMetal.BITNET_METAL_Q6_K();
            case Q5_0 -> BitnetMetal.BITNET_METAL_Q5_0();
            case Q4_0 -> BitnetMetal.BITNET_METAL_Q4_0();
        };
    }
}
