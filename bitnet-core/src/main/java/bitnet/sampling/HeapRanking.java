package bitnet.sampling;

/**
 * Ranks a whole vocabulary, as far down as it is asked: building the heap is linear, and few ranks are ever looked at. The
 * ranked tokens lie at the end of the array, the best last, and the heap of the others before them.
 */
final class HeapRanking implements Ranking {
    private final float[] scores;
    private final int[] ids;
    private int heap;

    HeapRanking(int vocabulary) {
        scores = new float[vocabulary];
        ids = new int[vocabulary];
    }

    /** The scores to rank, indexed by token; to be filled before {@link #start()}. */
    float[] scores() {
        return scores;
    }

    /** Begins anew with the {@link #scores()} as they are now. */
    void start() {
        for (int id = 0; id < ids.length; id++) {
            ids[id] = id;
        }
        heap = ids.length;
        for (int at = heap / 2 - 1; at >= 0; at--) {
            sift(at, ids[at]);
        }
    }

    @Override
    public int size() {
        return ids.length;
    }

    @Override
    public int id(int rank) {
        int at = ids.length - 1 - rank;
        while (heap > at) {
            int best = ids[0];
            int last = ids[--heap];
            if (heap > 0) {
                sift(0, last);
            }
            ids[heap] = best;
        }
        return ids[at];
    }

    @Override
    public float score(int rank) {
        return scores[id(rank)];
    }

    /** Puts {@code id} where it belongs at or below {@code at}. */
    private void sift(int at, int id) {
        int hole = at;
        while (2 * hole + 1 < heap) {
            int child = 2 * hole + 1;
            if (child + 1 < heap && isBetter(ids[child + 1], ids[child])) {
                child++;
            }
            if (!isBetter(ids[child], id)) {
                break;
            }
            ids[hole] = ids[child];
            hole = child;
        }
        ids[hole] = id;
    }

    private boolean isBetter(int a, int b) {
        return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
    }
}
