/** Kernels for NVIDIA GPUs, over the CUDA driver. */
module bitnet.backend.cuda {
    requires bitnet.core;
    requires static org.jspecify;

    exports bitnet.cuda;

    provides bitnet.spi.KernelBackend with
            bitnet.cuda.CudaBackend;
}
