package bitnet.cuda;

/** One operation of a step, on buffers: recorded first, then launched, alone or fused with its neighbours. */
sealed interface Operation
        permits DecodeStep,
                Embed,
                Scale,
                Norm,
                NormQuantize,
                WideQuantize,
                TernaryMatmul,
                GroupedMatmul,
                HeadNorm,
                RopeStore,
                Attention,
                KeepOutputs,
                AttentionGate,
                Rotate,
                FloatMatmul,
                DeltaHeads,
                Gate,
                OutputNorm,
                LogitsOfRows,
                States {
    /**
     * Puts its kernels on the device's stream.
     *
     * @param argument the operation's own, for what does not change from step to step
     */
    void launch(Gpu gpu, StepShape step, KernelArgument argument);

    /** Whether it reads a buffer: {@link DeviceRows} or {@link DeviceCodes}. */
    boolean reads(Object buffer);

    /** Whether it writes every row of a buffer, whatever was in it. */
    boolean overwrites(Object buffer);
}
