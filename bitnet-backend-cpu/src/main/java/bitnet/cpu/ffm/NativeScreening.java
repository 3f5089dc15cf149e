package bitnet.cpu.ffm;

import bitnet.cpu.Candidates;
import bitnet.cpu.FloatRows;
import bitnet.cpu.Scratch;
import bitnet.cpu.Screen;
import bitnet.cpu.Screening;
import bitnet.cpu.Table;
import bitnet.cpu.ffm.gen.BitnetCpu;
import bitnet.cpu.ffm.gen.bitnet_candidates;
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
    public long inputBytes(int columns, int outputs) {
        return BitnetCpu.bitnet_screen_input_bytes(isa, columns, outputs);
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
    public MemorySegment describeCandidates(
            Arena arena, int outputs, MemorySegment best, MemorySegment ids, MemorySegment values) {
        MemorySegment all = bitnet_candidates.allocateArray(outputs, arena);
        long bests = best.byteSize() / outputs;
        long rows = ids.byteSize() / outputs;
        for (int i = 0; i < outputs; i++) {
            MemorySegment one = bitnet_candidates.asSlice(all, i);
            bitnet_candidates.room(one, rows / Integer.BYTES);
            bitnet_candidates.best(one, best.asSlice(i * bests, bests));
            bitnet_candidates.ids(one, ids.asSlice(i * rows, rows));
            bitnet_candidates.values(one, values.asSlice(i * rows, rows));
        }
        return all;
    }

    @Override
    public void pack(Screen screen, Table table, int begin, int end, Scratch scratch) {
        BitnetCpu.bitnet_screen_pack(isa, screen.descriptor(), table.descriptor(), begin, end, scratch.memory());
    }

    @Override
    public void prepare(Screen screen, FloatRows y, int row, int output, int outputs) {
        BitnetCpu.bitnet_screen_input(isa, y.row(row), y.columns(), output, outputs, screen.input());
    }

    @Override
    public void want(Candidates candidates, int output, int k) {
        bitnet_candidates.k(bitnet_candidates.asSlice(candidates.descriptor(), output), k);
    }

    @Override
    public void bounds(Screen screen, int outputs, int begin, int end, Candidates candidates) {
        BitnetCpu.bitnet_screen_bounds(
                isa, screen.descriptor(), screen.input(), outputs, begin, end, candidates.descriptor());
    }

    @Override
    public int count(Candidates candidates, int output) {
        return (int) bitnet_candidates.count(bitnet_candidates.asSlice(candidates.descriptor(), output));
    }

    @Override
    public void rescore(
            Table table, FloatRows y, int row, float threshold, Candidates candidates, int output, Scratch scratch) {
        BitnetCpu.bitnet_screen_rescore(
                isa,
                table.descriptor(),
                y.row(row),
                threshold,
                bitnet_candidates.asSlice(candidates.descriptor(), output),
                scratch.memory());
    }
}
