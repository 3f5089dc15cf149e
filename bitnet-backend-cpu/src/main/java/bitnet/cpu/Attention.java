package bitnet.cpu;

import bitnet.model.AttentionScope;
import bitnet.spi.Step;

/**
 * {@code out = softmax(q k) v}. The workers take blocks of consecutive rows of one sequence for one key-value head, the last
 * rows first, since those have the most positions behind them. If there are few of those, as in decode, they share the
 * query heads instead.
 */
@SuppressWarnings("NullAway.Init") // set before each run
final class Attention implements Workers.Task {
    /** Rows that read keys and values once; 512 rows and 5 heads are 80 pieces. */
    private static final int BLOCK = 32;

    private final Team team;
    private final StepRows stepRows;
    private final int heads;
    private final int kvHeads;
    private final int[] blockBegins;
    private int blocks;
    private boolean shareHeads;
    private int layer;
    private AttentionScope scope;
    private Step step;
    private FloatRows qkv;
    private FloatRows out;

    Attention(Team team, StepRows stepRows, int heads, int kvHeads, int maxRows) {
        this.team = team;
        this.stepRows = stepRows;
        this.heads = heads;
        this.kvHeads = kvHeads;
        blockBegins = new int[maxRows + 1];
    }

    void start(int newLayer, AttentionScope newScope, Step newStep, FloatRows newQkv, FloatRows newOut) {
        layer = newLayer;
        scope = newScope;
        step = newStep;
        qkv = newQkv;
        out = newOut;
        findBlocks();
        shareHeads = (long) blocks * kvHeads < 2L * team.count();
        team.workers().run(this);
    }

    @SuppressWarnings("ReferenceEquality") // one cache object is one sequence
    private void findBlocks() {
        blocks = 0;
        for (int row = 0; row < step.rows(); row++) {
            if (row == 0 || row - blockBegins[blocks - 1] == BLOCK || step.cache(row) != step.cache(row - 1)) {
                blockBegins[blocks++] = row;
            }
        }
        blockBegins[blocks] = step.rows();
    }

    @Override
    public void run(int worker) {
        int parts = shareHeads ? team.count() : kvHeads;
        int pieces = blocks * parts;
        for (int piece = team.workers().take(pieces);
                piece >= 0;
                piece = team.workers().take(pieces)) {
            int block = blocks - 1 - piece / parts;
            int part = piece % parts;
            int headBegin = Team.share(heads, part, parts);
            int headEnd = Team.share(heads, part + 1, parts);
            if (headBegin < headEnd) {
                team.operations()
                        .attention(
                                layer,
                                scope,
                                step,
                                stepRows,
                                blockBegins[block],
                                blockBegins[block + 1],
                                headBegin,
                                headEnd,
                                qkv,
                                out,
                                team.scratch(worker));
            }
        }
    }
}
