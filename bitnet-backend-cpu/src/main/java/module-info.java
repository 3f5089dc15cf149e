/** Native and Vector API kernels for CPUs. */
module bitnet.backend.cpu {
    requires bitnet.core;
    requires org.slf4j;
    requires static jdk.incubator.vector;
    requires static org.jspecify;

    exports bitnet.cpu;

    provides bitnet.spi.KernelBackend with
            bitnet.cpu.CpuNativeBackend,
            bitnet.cpu.CpuVectorBackend;
}
