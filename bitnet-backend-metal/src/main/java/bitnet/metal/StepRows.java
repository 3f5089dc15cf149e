package bitnet.metal;

import bitnet.metal.gen.bitnet_metal_row;
import bitnet.spi.Step;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What the kernels must know about the rows of a step: caches, tokens, positions, and which rows want logits. */
final class StepRows {
    private final MetalBuffer rows;
    private final MetalBuffer outputs;
    private final MemorySegment caches;
    private int cacheCount;

    StepRows(MetalMemory memory, Arena arena, int maxRows) {
        rows = memory.allocate(maxRows * bitnet_metal_row.sizeof());
        outputs = memory.allocate((long) maxRows * Integer.BYTES);
        caches = arena.allocate(ValueLayout.ADDRESS, maxRows);
    }

    /** Takes the rows of a step. */
    void fill(Step step) {
        MemorySegment data = rows.data();
        cacheCount = 0;
        for (int i = 0; i < step.rows(); i++) {
            MetalCache cache = (MetalCache) step.cache(i);
            // In place of the generated setters, which need a slice for each row.
            long at = i * bitnet_metal_row.sizeof();
            data.set(ValueLayout.JAVA_LONG, at + bitnet_metal_row.cache$offset(), cache.gpuAddress());
            data.set(ValueLayout.JAVA_INT, at + bitnet_metal_row.token$offset(), step.token(i));
            data.set(ValueLayout.JAVA_INT, at + bitnet_metal_row.position$offset(), step.position(i));
            if (i == 0 || !cache.equals(step.cache(i - 1))) {
                caches.setAtIndex(ValueLayout.ADDRESS, cacheCount++, cache.handle());
            }
        }
        for (int i = 0; i < step.outputs(); i++) {
            outputs.data().setAtIndex(ValueLayout.JAVA_INT, i, step.outputRow(i));
        }
    }

    /** The rows, as {@code bitnet_metal_row}. */
    MemorySegment rows() {
        return rows.handle();
    }

    /** The rows that want logits. */
    MemorySegment outputs() {
        return outputs.handle();
    }

    /** Handles of the caches. */
    MemorySegment caches() {
        return caches;
    }

    /** How many of them. */
    int cacheCount() {
        return cacheCount;
    }
}
