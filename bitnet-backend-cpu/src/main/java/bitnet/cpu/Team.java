package bitnet.cpu;

import java.lang.foreign.Arena;

/** Workers with what each of them computes by, and scratch memory for each. */
final class Team {
    private final Operations operations;
    private final Workers workers;
    private final Scratch[] scratch;

    Team(Operations operations, Workers workers) {
        this.operations = operations;
        this.workers = workers;
        scratch = new Scratch[workers.count()];
    }

    /** Gives each worker its scratch memory; parameters as for {@link Operations#scratch}. */
    void allocateScratch(Memory memory, Arena arena, int columns, int tokens, int positions) {
        for (int worker = 0; worker < scratch.length; worker++) {
            scratch[worker] = operations.scratch(memory, arena, columns, tokens, positions);
        }
    }

    /** Part of what is done with the rows of a matrix. */
    @FunctionalInterface
    interface Rows {
        /** Does rows {@code begin} to {@code end} - 1. */
        void rows(int begin, int end, Scratch scratch);
    }

    /** Has the workers do something with all rows, a block of {@link PackedTernary#ROW_BLOCK} at a time. */
    void blocks(int rows, Rows task) {
        int blocks = PackedTernary.blocks(rows);
        workers.run(worker -> {
            for (int block = workers.take(blocks); block >= 0; block = workers.take(blocks)) {
                int begin = block * PackedTernary.ROW_BLOCK;
                task.rows(begin, Math.min(rows, begin + PackedTernary.ROW_BLOCK), scratch[worker]);
            }
        });
    }

    Operations operations() {
        return operations;
    }

    Workers workers() {
        return workers;
    }

    int count() {
        return scratch.length;
    }

    Scratch scratch(int worker) {
        return scratch[worker];
    }

    /** Where share {@code part} of {@code parts} equal shares of {@code total} begins; it ends where the next one begins. */
    static int share(int total, int part, int parts) {
        return (int) ((long) total * part / parts);
    }
}
