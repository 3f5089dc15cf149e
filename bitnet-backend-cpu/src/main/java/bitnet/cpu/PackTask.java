package bitnet.cpu;

import bitnet.model.TernaryTensor;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/** Brings one tensor of a matrix into the operations' layout, all workers at once. */
@SuppressWarnings("NullAway.Init") // set before each run
final class PackTask implements Workers.Task {
    private static final int PIECE = 4 * PackedTernary.ROW_BLOCK;

    private final Team team;
    private PackedMatrix w;
    private int first;
    private int rows;
    private final AtomicInteger largest = new AtomicInteger();
    private TernaryTensor.Packed source;

    PackTask(Team team) {
        this.team = team;
    }

    /**
     * Packs {@code count} rows as rows {@code at} and following of {@code newW}.
     *
     * @return the largest weight where groups have scales, otherwise 1
     */
    int start(PackedMatrix newW, int at, int count, TernaryTensor.Packed newSource) {
        w = newW;
        first = at;
        rows = count;
        source = newSource;
        largest.set(1);
        team.workers().run(this);
        return largest.get();
    }

    /** Pieces end at multiples of blocks of the matrix, so that no two workers write into one block at a time. */
    @Override
    public void run(int worker) {
        int firstPiece = first / PIECE;
        int pieces = (first + rows - 1) / PIECE - firstPiece + 1;
        long rowBytes = TernaryLayout.rowBytes(w.columns());
        for (int piece = team.workers().take(pieces);
                piece >= 0;
                piece = team.workers().take(pieces)) {
            int begin = Math.max((firstPiece + piece) * PIECE, first);
            int end = Math.min((firstPiece + piece + 1) * PIECE, first + rows);
            MemorySegment codes = source.codes().asSlice((begin - first) * rowBytes, (end - begin) * rowBytes);
            switch (w) {
                case PackedTernary plain -> team.operations().pack(plain, begin, end - begin, codes);
                case GroupedTernary grouped -> pack(grouped, begin, end, codes);
            }
        }
    }

    private void pack(GroupedTernary w, int begin, int end, MemorySegment codes) {
        long rowBytes = (long) w.granularity().groups(w.columns()) * Short.BYTES;
        MemorySegment scales = source.groupScales().asSlice((begin - first) * rowBytes, (end - begin) * rowBytes);
        int most = team.operations().pack(w, begin, end - begin, codes, scales);
        largest.accumulateAndGet(most, Math::max);
    }
}
