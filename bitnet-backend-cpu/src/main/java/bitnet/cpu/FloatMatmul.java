package bitnet.cpu;

/** {@code y = w x} in floats: the workers share the rows of the matrix. */
@SuppressWarnings("NullAway.Init") // set before each run
final class FloatMatmul implements Workers.Task {
    private final Team team;
    private Table w;
    private FloatRows x;
    private FloatRows y;
    private int count;

    FloatMatmul(Team team) {
        this.team = team;
    }

    void start(Table newW, FloatRows newX, FloatRows newY, int newCount) {
        w = newW;
        x = newX;
        y = newY;
        count = newCount;
        team.workers().run(this);
    }

    @Override
    public void run(int worker) {
        int begin = Team.share(w.rows(), worker, team.count());
        int end = Team.share(w.rows(), worker + 1, team.count());
        if (begin < end) {
            team.operations().logits(w, begin, end, x, 0, count, y, team.scratch(worker));
        }
    }
}
