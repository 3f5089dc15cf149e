package bitnet.model;

/** How the input of a linear layer is rounded to integers, one step size a token. */
public enum ActivationPrecision {
    /** To -128..127, as BitNet models are trained. Goes with one scale for the whole matrix. */
    INT8_PER_TOKEN(127),
    /** To -2047..2047, for models that were trained with float activations. Goes with scales of groups. */
    WIDE_PER_TOKEN(2047);

    private final int largest;

    ActivationPrecision(int largest) {
        this.largest = largest;
    }

    /** The integer that the largest magnitude of a token becomes. */
    public int largest() {
        return largest;
    }
}
