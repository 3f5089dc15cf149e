package bitnet.cpu;

/** {@code y = H(s * x)}, or the inverse in place. */
@SuppressWarnings("NullAway.Init") // set before each run
final class Rotate extends RowTask {
    private final boolean back;
    private Rotation rotation;
    private FloatRows x;
    private FloatRows y;

    Rotate(Team team, boolean back) {
        super(team);
        this.back = back;
    }

    void start(Rotation newRotation, FloatRows newX, FloatRows newY, int count) {
        rotation = newRotation;
        x = newX;
        y = newY;
        start(count, rotation.columns());
    }

    @Override
    void rows(int begin, int end, Scratch scratch) {
        if (back) {
            team.operations().rotateBack(rotation, begin, end, x, scratch);
        } else {
            team.operations().rotate(rotation, x, begin, end, y, scratch);
        }
    }
}
