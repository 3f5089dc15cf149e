package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.gen.BitnetCuda;
import bitnet.cuda.gen.bitnet_screen_input;
import bitnet.cuda.gen.bitnet_screen_quantize;
import java.lang.foreign.MemorySegment;

/**
 * What outputs become for a screened head, integers and norms, or for an int8 head, its codes.
 *
 * @param planes of four outputs at a time
 * @param facts of each output
 */
record ScreenInput(int columns, MemorySegment planes, MemorySegment facts) {
    /** Outputs that share a piece of the planes; {@code OUTPUTS} in {@code screen.h}. */
    static final int PIECE = 4;

    private static final int FACT_BYTES = 4 * Float.BYTES;
    private static final int THREADS = 256;

    static ScreenInput allocate(Gpu gpu, int columns, int outputs) {
        int pieces = Math.ceilDiv(outputs, PIECE);
        return new ScreenInput(
                columns,
                gpu.allocate((long) pieces * pieceBytes(columns), "the input of a screened head"),
                gpu.allocate((long) pieces * PIECE * FACT_BYTES, "the input of a screened head"));
    }

    private static int pieceBytes(int columns) {
        // Eight columns of signed bytes.
        return DeviceScreen.steps(columns) * BitnetCuda.BITNET_SCREEN_COLUMNS() * 8;
    }

    /** Shared memory of a block that takes so many outputs, a multiple of four. */
    static int sharedBytes(int columns, int outputs) {
        return outputs / PIECE * pieceBytes(columns) + outputs * FACT_BYTES;
    }

    /** As part of a kernel's argument, from an output on, which is a multiple of four. */
    void describe(MemorySegment to, int first, boolean int8) {
        bitnet_screen_input.planes(to, planes.asSlice((long) first / PIECE * pieceBytes(columns)));
        bitnet_screen_input.facts(to, facts.asSlice((long) first * FACT_BYTES));
        bitnet_screen_input.steps(to, DeviceScreen.steps(columns));
        bitnet_screen_input.columns(to, columns);
        bitnet_screen_input.int8(to, int8 ? 1 : 0);
    }

    /** Makes that of rows {@code first .. first + count} of y; {@link OutputNorm} makes it with the norm. */
    void quantize(Gpu gpu, DeviceRows y, int first, int count, boolean int8) {
        int shared = Math.ceilDiv(columns, 4) * 4 * Float.BYTES;
        gpu.launch("screen_quantize", new Grid(count, 1, 1), THREADS, shared, arena -> {
            MemorySegment argument = bitnet_screen_quantize.allocate(arena);
            bitnet_screen_quantize.y(argument, y.from(first));
            describe(bitnet_screen_quantize.to(argument), 0, int8);
            return argument;
        });
    }
}
