package bitnet.cuda;

/**
 * What the launches of a step depend on: two steps of equal shape differ in nothing but memory.
 *
 * @param rows tokens
 * @param outputs rows that want logits
 * @param runs of rows of one sequence; as many as {@code rows} if those are computed one by one
 * @param inRuns whether attention goes by runs
 * @param sequences of the rows, where sequences have states; otherwise 0
 * @param chunks of the longest context, rounded up to a power of two
 * @param top how many of the best logits each output wants at most; 0 if one wants all, or more than are chosen on the device
 * @param settled whether no row reads a chunk, other than its last, that this step writes
 * @param kept whether the rows are those that want logits, and no others
 */
record StepShape(
        int rows,
        int outputs,
        int runs,
        boolean inRuns,
        int sequences,
        int chunks,
        int top,
        boolean settled,
        boolean kept) {
    /** The shape behind {@link KeepOutputs}. */
    StepShape keepOutputs() {
        return new StepShape(outputs, outputs, runs, inRuns, sequences, chunks, top, settled, true);
    }
}
