/** Kernels for Apple GPUs. */
module bitnet.backend.metal {
    requires bitnet.core;
    requires static org.jspecify;

    exports bitnet.metal;

    provides bitnet.spi.KernelBackend with
            bitnet.metal.MetalBackend;
}
