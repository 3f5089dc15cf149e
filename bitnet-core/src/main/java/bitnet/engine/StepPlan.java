package bitnet.engine;

import java.util.List;

/**
 * What a step computes.
 *
 * @param placement where
 * @param pieces the rows, by whose they are; those of texts that decode come first
 * @param decoding how many rows are of texts that decode
 * @param rows how many there are in all
 */
record StepPlan(Placement placement, List<Piece> pieces, int decoding, int rows) {
    /** Rows {@code from} to {@code to - 1} of what a request wants. */
    record Piece(Request request, int from, int to) {}
}
