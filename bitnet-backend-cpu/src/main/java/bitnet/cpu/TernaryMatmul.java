package bitnet.cpu;

/**
 * {@code y = w q}. The workers share the rows in whole blocks, each a contiguous stream of weights; for many tokens they
 * may share the tokens as well, as the operations advise.
 */
@SuppressWarnings("NullAway.Init") // set before each run
final class TernaryMatmul implements Workers.Task {
    private final Team team;
    private PackedTernary w;
    private CodeRows q;
    private FloatRows y;
    private boolean add;
    private int tokens;
    private int tokenShares;

    TernaryMatmul(Team team) {
        this.team = team;
    }

    void start(PackedTernary newW, CodeRows newQ, FloatRows newY, boolean newAdd, int count) {
        w = newW;
        q = newQ;
        y = newY;
        add = newAdd;
        tokens = count;
        tokenShares = team.operations().tokenShares(tokens, team.count());
        team.workers().run(this);
    }

    @Override
    public void run(int worker) {
        int rowShares = team.count() / tokenShares;
        int blocks = PackedTernary.blocks(w.rows());
        int blockBegin = Team.share(blocks, worker % rowShares, rowShares);
        int blockEnd = Team.share(blocks, worker % rowShares + 1, rowShares);
        int tokenBegin = tokenShare(worker / rowShares);
        int tokenEnd = tokenShare(worker / rowShares + 1);
        if (blockBegin < blockEnd && tokenBegin < tokenEnd) {
            int rowBegin = blockBegin * PackedTernary.ROW_BLOCK;
            int rowEnd = Math.min(blockEnd * PackedTernary.ROW_BLOCK, w.rows());
            team.operations().ternaryMatmul(w, rowBegin, rowEnd, q, tokenBegin, tokenEnd, y, add, team.scratch(worker));
        }
    }

    private int tokenShare(int share) {
        int tile = team.operations().tileTokens();
        int tiles = (tokens + tile - 1) / tile;
        return Math.min(Team.share(tiles, share, tokenShares) * tile, tokens);
    }
}
