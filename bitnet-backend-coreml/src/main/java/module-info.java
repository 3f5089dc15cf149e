/** Export of models to Core ML packages, and the backend that runs them on the Apple Neural Engine. */
module bitnet.backend.coreml {
    requires bitnet.core;
    requires com.fasterxml.jackson.core;
    requires org.slf4j;
    requires static org.jspecify;

    exports bitnet.coreml;
    exports bitnet.coreml.artifact;
    exports bitnet.coreml.export;

    provides bitnet.spi.KernelBackend with
            bitnet.coreml.CoreMlBackend;
}
