package bitnet.cpu;

/**
 * {@code y = w q}. The workers take pieces until there are none left, so that a slower core does less: tokens with all
 * rows where there are many tokens, otherwise rows in whole blocks, each piece a contiguous stream of weights.
 */
@SuppressWarnings("NullAway.Init") // set before each run
final class TernaryMatmul implements Workers.Task {
    /** For each worker, where pieces that small pay. */
    private static final int PIECES = 4;

    private final Team team;
    private PackedMatrix w;
    private IntegerRows q;
    private FloatRows y;
    private boolean add;
    private int tokens;
    private int tokenPieces;
    private int rowPieces;

    TernaryMatmul(Team team) {
        this.team = team;
    }

    void start(PackedMatrix newW, IntegerRows newQ, FloatRows newY, boolean newAdd, int count) {
        if (count == 0) {
            return;
        }
        w = newW;
        q = newQ;
        y = newY;
        add = newAdd;
        tokens = count;
        int workers = team.count();
        Operations operations = team.operations();
        tokenPieces = Math.max(1, pieces(tokens / operations.leastTokens(w)));
        rowPieces = tokenPieces >= workers
                ? 1
                : Math.max(Math.ceilDiv(workers, tokenPieces), pieces(w.rows() / operations.leastRows(w, tokens)));
        team.workers().run(this);
    }

    /** At most so many, and no remainder that some workers would wait for. */
    private int pieces(int most) {
        int workers = team.count();
        return most < workers ? most : Math.min(most / workers, PIECES) * workers;
    }

    @Override
    public void run(int worker) {
        int pieces = tokenPieces * rowPieces;
        for (int piece = team.workers().take(pieces);
                piece >= 0;
                piece = team.workers().take(pieces)) {
            int blocks = PackedTernary.blocks(w.rows());
            int blockBegin = Team.share(blocks, piece % rowPieces, rowPieces);
            int blockEnd = Team.share(blocks, piece % rowPieces + 1, rowPieces);
            int tokenBegin = tokenShare(piece / rowPieces);
            int tokenEnd = tokenShare(piece / rowPieces + 1);
            if (blockBegin < blockEnd && tokenBegin < tokenEnd) {
                int rowBegin = blockBegin * PackedTernary.ROW_BLOCK;
                int rowEnd = Math.min(blockEnd * PackedTernary.ROW_BLOCK, w.rows());
                multiply(rowBegin, rowEnd, tokenBegin, tokenEnd, team.scratch(worker));
            }
        }
    }

    private void multiply(int rowBegin, int rowEnd, int tokenBegin, int tokenEnd, Scratch scratch) {
        Operations operations = team.operations();
        switch (w) {
            case PackedTernary plain ->
                operations.ternaryMatmul(plain, rowBegin, rowEnd, (CodeRows) q, tokenBegin, tokenEnd, y, add, scratch);
            case GroupedTernary grouped ->
                operations.ternaryMatmul(
                        grouped, rowBegin, rowEnd, (WideRows) q, tokenBegin, tokenEnd, y, add, scratch);
        }
    }

    private int tokenShare(int share) {
        int tile = team.operations().tileTokens(w);
        int tiles = Math.ceilDiv(tokens, tile);
        return Math.min(Team.share(tiles, share, tokenPieces) * tile, tokens);
    }
}
