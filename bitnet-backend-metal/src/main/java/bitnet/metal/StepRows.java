package bitnet.metal;

import bitnet.metal.gen.bitnet_metal_row;
import bitnet.spi.KvMemory;
import bitnet.spi.Step;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What the kernels must know about the rows of a step: caches, tokens, positions, and which rows want logits. */
final class StepRows {
    private final MetalBuffer rows;
    private final MetalBuffer outputs;
    private final Arena arena;
    private MemorySegment reached;
    private int reachedCount;

    StepRows(MetalMemory memory, Arena arena, int maxRows) {
        rows = memory.allocate(maxRows * bitnet_metal_row.sizeof());
        outputs = memory.allocate((long) maxRows * Integer.BYTES);
        this.arena = arena;
        reached = arena.allocate(ValueLayout.ADDRESS, maxRows);
    }

    /** Takes the rows of a step. */
    void fill(Step step) {
        MemorySegment data = rows.data();
        reachedCount = 0;
        for (int i = 0; i < step.rows(); i++) {
            MetalCache cache = (MetalCache) step.cache(i);
            // In place of the generated setters, which need a slice for each row.
            long at = i * bitnet_metal_row.sizeof();
            data.set(ValueLayout.JAVA_LONG, at + bitnet_metal_row.cache$offset(), cache.gpuAddress());
            data.set(ValueLayout.JAVA_INT, at + bitnet_metal_row.token$offset(), step.token(i));
            data.set(ValueLayout.JAVA_INT, at + bitnet_metal_row.position$offset(), step.position(i));
            if (i == step.rows() - 1 || !cache.equals(step.cache(i + 1))) {
                reach(cache.table());
                for (int page = 0; page <= step.position(i) / KvMemory.PAGE; page++) {
                    reach(cache.page(page));
                }
            }
        }
        for (int i = 0; i < step.outputs(); i++) {
            outputs.data().setAtIndex(ValueLayout.JAVA_INT, i, step.outputRow(i));
        }
    }

    private void reach(MetalBuffer buffer) {
        if (reachedCount * ValueLayout.ADDRESS.byteSize() == reached.byteSize()) {
            MemorySegment larger = arena.allocate(2 * reached.byteSize(), ValueLayout.ADDRESS.byteAlignment());
            reached = larger.copyFrom(reached);
        }
        reached.setAtIndex(ValueLayout.ADDRESS, reachedCount++, buffer.handle());
    }

    /** The rows, as {@code bitnet_metal_row}. */
    MemorySegment rows() {
        return rows.handle();
    }

    /** The rows that want logits. */
    MemorySegment outputs() {
        return outputs.handle();
    }

    /** Handles of the buffers that the rows' addresses lead to: tables and pages. */
    MemorySegment reached() {
        return reached;
    }

    /** How many of them. */
    int reachedCount() {
        return reachedCount;
    }
}
