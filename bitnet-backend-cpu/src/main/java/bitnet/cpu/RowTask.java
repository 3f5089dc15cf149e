package bitnet.cpu;

/** An operation whose rows are independent of each other: the workers share them. */
abstract class RowTask implements Workers.Task {
    /** Fewer floats than this are done, in a few microseconds, before the other workers could be told. */
    private static final long ALONE = 16_384;

    final Team team;
    private int rows;

    RowTask(Team team) {
        this.team = team;
    }

    /** Runs {@link #rows} for rows 0 to {@code count} - 1. */
    final void start(int count, int columns) {
        rows = count;
        if (count == 1 || count * (long) columns < ALONE) {
            rows(0, count, team.scratch(0));
        } else {
            team.workers().run(this);
        }
    }

    @Override
    public final void run(int worker) {
        int begin = Team.share(rows, worker, team.count());
        int end = Team.share(rows, worker + 1, team.count());
        if (begin < end) {
            rows(begin, end, team.scratch(worker));
        }
    }

    abstract void rows(int begin, int end, Scratch scratch);
}
