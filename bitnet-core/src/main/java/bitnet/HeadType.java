package bitnet;

/** How the scores of the next token are computed. It is part of the numerics: each type gives results of its own, and the same ones on every backend. */
public enum HeadType {
    /** From the head as the model's file has it: the default. */
    EXACT,
    /**
     * From the head rounded to int8 codes with a scale a row, by activations rounded likewise: half the memory and traffic of
     * an F16 head, for scores that differ a little from the exact ones. A backend that lacks it is passed over.
     */
    INT8
}
