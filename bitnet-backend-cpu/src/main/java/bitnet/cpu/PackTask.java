package bitnet.cpu;

import bitnet.tensor.TernaryLayout;
import java.lang.foreign.MemorySegment;

/** Brings one tensor of a matrix into the operations' layout, all workers at once. */
@SuppressWarnings("NullAway.Init") // set before each run
final class PackTask implements Workers.Task {
    private static final int PIECE = 4 * PackedTernary.ROW_BLOCK;

    private final Team team;
    private PackedTernary w;
    private int first;
    private int rows;
    private MemorySegment canonical;

    PackTask(Team team) {
        this.team = team;
    }

    /** Packs {@code count} canonical rows as rows {@code at} and following of {@code newW}. */
    void start(PackedTernary newW, int at, int count, MemorySegment newCanonical) {
        w = newW;
        first = at;
        rows = count;
        canonical = newCanonical;
        team.workers().run(this);
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
            MemorySegment source = canonical.asSlice((begin - first) * rowBytes, (end - begin) * rowBytes);
            team.operations().pack(w, begin, end - begin, source);
        }
    }
}
