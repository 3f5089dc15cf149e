package bitnet.cpu;

import java.lang.foreign.MemorySegment;

/** RMSNorm of each head of queries and keys, in place. */
@SuppressWarnings("NullAway.Init") // set before each run
final class HeadNorm extends RowTask {
    private final int heads;
    private final int kvHeads;
    private final int headDim;
    private MemorySegment query;
    private MemorySegment key;
    private FloatRows qkv;

    HeadNorm(Team team, int heads, int kvHeads, int headDim) {
        super(team);
        this.heads = heads;
        this.kvHeads = kvHeads;
        this.headDim = headDim;
    }

    void start(MemorySegment newQuery, MemorySegment newKey, FloatRows newQkv, int count) {
        query = newQuery;
        key = newKey;
        qkv = newQkv;
        start(count, qkv.columns());
    }

    @Override
    void rows(int begin, int end, Scratch scratch) {
        Operations operations = team.operations();
        operations.headNorm(query, 0, heads, headDim, begin, end, qkv, scratch);
        operations.headNorm(key, heads * headDim, kvHeads, headDim, begin, end, qkv, scratch);
    }
}
