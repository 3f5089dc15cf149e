package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_logits;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/** {@link bitnet.spi.Kernels#logits}: all scores of a group of outputs at a time, brought to the host. */
record LogitsOfRows(LogitsRoom room, DeviceTable head, DeviceRows y) implements Operation {
    private static final int THREADS = 512;
    /** Outputs that a block computes together; {@code OUTPUTS} in {@code logits.cu}. */
    private static final int OUTPUTS = 4;

    @Override
    public void launch(Gpu gpu, StepShape step) {
        launch(gpu, step, 0, Math.min(room.outputs(), step.outputs()));
    }

    /** Outputs {@code first .. first + count}. */
    void launch(Gpu gpu, StepShape step, int first, int count) {
        if (count == 0) {
            return;
        }
        int padded = Math.ceilDiv(head.columns(), 8) * 8;
        int shared = Math.min(count, OUTPUTS) == 1 ? padded * Float.BYTES : OUTPUTS * padded * Float.BYTES;
        int blocks = Math.min(gpu.device().multiprocessors() * 2, Math.ceilDiv(head.rows(), THREADS / 32));
        String kernel = "logits_" + head.type().name().toLowerCase(Locale.ROOT);
        gpu.launch(kernel, new Grid(blocks, Math.ceilDiv(count, OUTPUTS), 1), THREADS, shared, arena -> {
            MemorySegment argument = bitnet_logits.allocate(arena);
            bitnet_logits.table(argument, head.data());
            bitnet_logits.y(argument, y.from(first));
            bitnet_logits.logits(argument, room.device());
            bitnet_logits.row_bytes(argument, head.rowBytes());
            bitnet_logits.columns(argument, head.columns());
            bitnet_logits.rows(argument, head.rows());
            bitnet_logits.outputs(argument, count);
            return argument;
        });
        if (step.top() > 0) {
            room.top().launch(gpu, room.device(), step.top(), count);
        } else {
            room.download(gpu, 0, count);
        }
    }

    @Override
    public boolean reads(Object buffer) {
        return y.equals(buffer);
    }

    @Override
    public boolean overwrites(Object buffer) {
        return false;
    }
}
