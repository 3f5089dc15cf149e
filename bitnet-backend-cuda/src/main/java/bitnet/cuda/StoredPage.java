package bitnet.cuda;

import java.lang.foreign.MemorySegment;

/**
 * A page as every backend can read it ({@link bitnet.spi.KvMemory#write}) and as the device has it, which groups the keys'
 * dimensions in eights and pads them.
 */
final class StoredPage {
    private final CacheShape shape;
    private final int headDim;
    private final int padded;
    private final int unit;

    StoredPage(CacheShape shape) {
        this.shape = shape;
        headDim = shape.config().headDim();
        padded = shape.paddedDim();
        unit = shape.elementBytes();
    }

    long bytes() {
        return heads() * 2L * CacheShape.PAGE * headDim * unit;
    }

    private long heads() {
        return (long) shape.config().attentionLayers() * shape.config().kvHeads();
    }

    /** One element, or several next to each other, in both forms. */
    private interface Run {
        void at(long device, long stored, int elements);
    }

    void fromDevice(MemorySegment device, MemorySegment stored) {
        each((there, here, elements) ->
                MemorySegment.copy(device, there * unit, stored, here * unit, (long) elements * unit));
    }

    void toDevice(MemorySegment stored, MemorySegment device) {
        device.fill((byte) 0);
        each((there, here, elements) ->
                MemorySegment.copy(stored, here * unit, device, there * unit, (long) elements * unit));
    }

    private void each(Run run) {
        for (long head = 0; head < heads(); head++) {
            long keys = head * 2 * CacheShape.PAGE * padded;
            long storedKeys = head * 2 * CacheShape.PAGE * headDim;
            for (int d = 0; d < headDim; d++) {
                for (int p = 0; p < CacheShape.PAGE; p++) {
                    long there = keys + ((long) d / 8 * CacheShape.PAGE + p) * 8 + d % 8;
                    run.at(there, storedKeys + (long) d * CacheShape.PAGE + p, 1);
                }
            }
            for (int p = 0; p < CacheShape.PAGE; p++) {
                long there = keys + (long) CacheShape.PAGE * padded + (long) p * padded;
                run.at(there, storedKeys + (long) CacheShape.PAGE * headDim + (long) p * headDim, headDim);
            }
        }
    }
}
