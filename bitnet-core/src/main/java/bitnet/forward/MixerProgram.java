package bitnet.forward;

/** The operations of a layer's mixer. */
sealed interface MixerProgram permits AttentionProgram, DeltaNetProgram {
    /** Adds to the residual what the mixer makes of it. */
    void run(Rows rows);
}
