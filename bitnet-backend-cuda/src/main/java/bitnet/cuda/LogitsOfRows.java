package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.bitnet_logits;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * {@link bitnet.spi.Kernels#logits}: all scores of a group of outputs at a time, or the best of them, brought to the host.
 *
 * @param norm makes y first, unless it is null
 */
record LogitsOfRows(
        LogitsRoom room,
        DeviceHead head,
        DeviceRows y,
        @Nullable OutputNorm norm) implements Operation {
    private static final int THREADS = 512;
    private static final int MOST_BLOCKS = 512;
    /** Outputs that a block computes together; {@code OUTPUTS} in {@code logits.cu}. */
    private static final int OUTPUTS = 4;

    LogitsOfRows with(OutputNorm first) {
        return new LogitsOfRows(room, head, y, first);
    }

    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        int count = Math.min(room.outputs(), step.outputs());
        boolean screened = head.isScreened(step);
        if (norm != null) {
            norm.launch(gpu, step, screened ? room.input() : null, head.isInt8(), count);
        } else if (screened && count > 0) {
            room.input().quantize(gpu, y, 0, count, head.isInt8());
        }
        choose(gpu, step, 0, count);
    }

    /** Outputs {@code first .. first + count}, whose rows of y are there. */
    void launch(Gpu gpu, StepShape step, int first, int count) {
        if (head.isScreened(step)) {
            room.input().quantize(gpu, y, first, count, head.isInt8());
        }
        choose(gpu, step, first, count);
    }

    private void choose(Gpu gpu, StepShape step, int first, int count) {
        if (count == 0) {
            return;
        }
        int wanted = step.top();
        if (head.isScreened(step)) {
            ScreenedLogits.launch(gpu, room, head, y, first, count, wanted);
        } else {
            all(gpu, first, count, wanted);
            if (wanted > 0) {
                room.top().collect(gpu, room, count, groups(gpu, count), wanted);
            }
        }
        if (wanted == 0) {
            room.download(gpu, 0, count);
        } else {
            room.top().choose(gpu, wanted, count);
        }
    }

    /** All logits of one output, for want of a few that are the best. */
    void launchAll(Gpu gpu, int output) {
        if (head.isInt8()) {
            room.input().quantize(gpu, y, output, 1, true);
            ScreenedLogits.launch(gpu, room, head, y, output, 1, 0);
        } else {
            all(gpu, output, 1, 0);
        }
        room.download(gpu, 0, 1);
    }

    /** Shared memory for some rows of y. */
    static int sharedBytes(int columns, int rows) {
        return rows * Math.ceilDiv(columns, 256) * 256 * Float.BYTES;
    }

    /** The most that a launch needs. */
    static int mostSharedBytes(int columns) {
        return sharedBytes(columns, OUTPUTS);
    }

    private static int blocks(Gpu gpu, int rows, int count) {
        // As many as run at once.
        int most = gpu.device().multiprocessors() * (count == 1 ? 2 : 1);
        return Math.clamp(Math.ceilDiv(rows, THREADS / 32), 1, Math.clamp(most, 16, MOST_BLOCKS));
    }

    private int groups(Gpu gpu, int count) {
        return head.ternary() != null
                ? TernaryHead.groups(gpu, room, count)
                : blocks(gpu, room.vocabulary(), count) * (THREADS / 32);
    }

    private void all(Gpu gpu, int first, int count, int wanted) {
        TernaryHead ternary = head.ternary();
        if (ternary != null) {
            ternary.launch(gpu, room, y, first, count);
            if (wanted > 0) {
                TernaryHead.findMaxima(gpu, room, count, wanted);
            }
            return;
        }
        multiply(gpu, head.exact(), y.from(first), room.from(0), room.vocabulary(), count, argument -> {
            if (wanted > 0) {
                room.top().describe(bitnet_logits.top(argument), 0, count, groups(gpu, count), wanted);
            }
        });
    }

    /**
     * The products of a table and the first rows of {@code y}.
     *
     * @param stride elements from one row of results to the next
     * @param more says what is chosen of them
     */
    static void multiply(
            Gpu gpu,
            DeviceTable table,
            MemorySegment y,
            MemorySegment results,
            int stride,
            int count,
            Consumer<MemorySegment> more) {
        int together = count == 1 ? 1 : OUTPUTS;
        String kernel = "logits_" + table.type().name().toLowerCase(Locale.ROOT) + "_" + together;
        Grid blocks = new Grid(blocks(gpu, table.rows(), count), Math.ceilDiv(count, together), 1);
        gpu.launch(kernel, blocks, THREADS, sharedBytes(table.columns(), together), arena -> {
            MemorySegment argument = bitnet_logits.allocate(arena);
            describe(argument, table, y, results, count);
            bitnet_logits.stride(argument, stride);
            more.accept(argument);
            return argument;
        });
    }

    /** As a kernel's argument, without what is to be chosen. */
    static void describe(MemorySegment to, DeviceTable table, MemorySegment y, MemorySegment logits, int outputs) {
        bitnet_logits.table(to, table.data());
        bitnet_logits.y(to, y);
        bitnet_logits.logits(to, logits);
        bitnet_logits.row_bytes(to, table.rowBytes());
        bitnet_logits.columns(to, table.columns());
        bitnet_logits.rows(to, table.rows());
        bitnet_logits.outputs(to, outputs);
    }

    @Override
    public boolean reads(Object buffer) {
        return y.equals(buffer) || (norm != null && norm.reads(buffer));
    }

    @Override
    public boolean overwrites(Object buffer) {
        return false;
    }
}
