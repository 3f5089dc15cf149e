package bitnet.cpu.ffm;

import bitnet.cpu.FloatRows;
import bitnet.cpu.Scratch;
import bitnet.cpu.Screen;
import bitnet.cpu.Screening;
import bitnet.cpu.Table;
import bitnet.cpu.ffm.gen.BitnetCpu;
import bitnet.cpu.ffm.gen.bitnet_screen;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The screened head of {@code bitnet_cpu.h}. */
final class NativeScreening implements Screening {
    private final int isa;

    NativeScreening(int isa) {
        this.isa = isa;
    }

    @Override
    public long screenBytes(int rows, int columns) {
        return BitnetCpu.bitnet_screen_bytes(isa, rows, columns);
    }

    @Override
    public long inputBytes(int columns) {
        return BitnetCpu.bitnet_screen_input_bytes(isa, columns);
    }

    @Override
    public MemorySegment describeScreen(Arena arena, int rows, int columns, MemorySegment packed) {
        MemorySegment screen = bitnet_screen.allocate(arena);
        bitnet_screen.rows(screen, rows);
        bitnet_screen.columns(screen, columns);
        bitnet_screen.packed(screen, packed);
        return screen;
    }

    @Override
    public void pack(Screen screen, Table table, int begin, int end, Scratch scratch) {
        BitnetCpu.bitnet_screen_pack(isa, screen.descriptor(), table.descriptor(), begin, end, scratch.memory());
    }

    @Override
    public void prepare(Screen screen, FloatRows y, int output) {
        BitnetCpu.bitnet_screen_input(isa, y.row(output), y.columns(), screen.input());
    }

    @Override
    public void bounds(Screen screen, int begin, int end, int k, MemorySegment best) {
        BitnetCpu.bitnet_screen_bounds(isa, screen.descriptor(), screen.input(), begin, end, screen.upper(), k, best);
    }

    @Override
    public int rescore(
            Screen screen, Table table, FloatRows y, int output, float threshold, int begin, int end, Scratch scratch) {
        long from = (long) begin * Integer.BYTES;
        return (int) BitnetCpu.bitnet_screen_rescore(
                isa,
                table.descriptor(),
                y.row(output),
                screen.upper(),
                threshold,
                begin,
                end,
                screen.ids().asSlice(from),
                screen.values().asSlice(from),
                scratch.memory());
    }
}
