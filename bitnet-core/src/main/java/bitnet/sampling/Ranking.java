package bitnet.sampling;

/** Tokens from best to worst: by descending score, equal scores by ascending id. */
interface Ranking {
    /** How many there are. */
    int size();

    /** The token at a rank, from 0. */
    int id(int rank);

    /** Its score. */
    float score(int rank);
}
