package bitnet.coreml.export;

/** How far the palettes of a head are from its weights, over all parts. */
final class HeadError {
    private double squaredError;
    private double squares;

    void add(Palette palette) {
        squaredError += palette.squaredError();
        squares += palette.squares();
    }

    /** The root mean square of the errors over that of the weights; 0 without palettes. */
    double relative() {
        return squares == 0 ? 0 : Math.sqrt(squaredError / squares);
    }
}
