package bitnet.metal;

import bitnet.metal.gen.BitnetMetal;
import bitnet.metal.gen.bitnet_metal_table;
import bitnet.model.FloatTable;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTable;
import bitnet.model.TernaryTensor;
import bitnet.spi.Kernels;
import bitnet.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Brings a model's tensors to the GPU. What it makes lives as long as its memory and its arena. */
final class Weights {
    private final MetalMemory memory;
    private final TernaryLoader ternary;
    private final Arena arena;
    /** A table that is embedding and head is placed once. */
    private final Map<FloatTable, Table> tables = new HashMap<>();

    private final Map<TernaryTable, GroupedTernary> ternaryTables = new HashMap<>();

    /** @param stream on which ternary weights are packed, between steps */
    Weights(MetalMemory memory, CommandStream stream, Arena arena) {
        this.memory = memory;
        ternary = new TernaryLoader(memory, stream, arena);
        this.arena = arena;
    }

    /** A copy of these floats. */
    MetalBuffer vector(float[] values) {
        MetalBuffer copy = memory.allocate((long) values.length * Float.BYTES);
        MemorySegment.copy(values, 0, copy.data(), ValueLayout.JAVA_FLOAT, 0, values.length);
        return copy;
    }

    /** Ternary matrices of equal width and granularity, stacked, in the layout of the kernels. */
    Kernels.TernaryMatrix ternary(List<TernaryTensor> stacked) {
        boolean grouped = stacked.getFirst().granularity() != ScaleGranularity.TENSOR;
        return grouped ? ternary.loadGrouped(stacked) : ternary.load(stacked);
    }

    /** A ternary table. */
    GroupedTernary table(TernaryTable table) {
        return ternaryTables.computeIfAbsent(table, source -> ternary.loadGrouped(List.of(source.tensor())));
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
