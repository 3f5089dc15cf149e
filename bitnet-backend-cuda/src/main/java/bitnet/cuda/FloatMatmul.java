package bitnet.cuda;

/** {@link bitnet.spi.Kernels#floatMatmul}, by the kernels of logits. */
record FloatMatmul(DeviceTable w, DeviceRows x, DeviceRows y) implements Operation {
    @Override
    public void launch(Gpu gpu, StepShape step, KernelArgument argument) {
        LogitsOfRows.multiply(gpu, w, x.data(), y.data(), y.stride(), step.rows(), _ -> {});
    }

    @Override
    public boolean reads(Object buffer) {
        return x.equals(buffer);
    }

    @Override
    public boolean overwrites(Object buffer) {
        return y.equals(buffer);
    }
}
