/** The core of bitnet: API, backend SPI, formats, tokenizers, the one forward pass and its scalar reference kernels. */
module bitnet.core {
    requires org.slf4j;
    requires com.fasterxml.jackson.core;
    requires jdk.jfr;
    requires static org.jspecify;

    exports bitnet;
    exports bitnet.constraint;
    exports bitnet.spi;
    exports bitnet.model;
    exports bitnet.tensor;
    exports bitnet.family;
    exports bitnet.forward;
    exports bitnet.scalar;
    exports bitnet.template;
    exports bitnet.natives;
    exports bitnet.convert;
    exports bitnet.json;
    exports bitnet.gguf;
    exports bitnet.inspect;
    exports bitnet.safetensors;
    exports bitnet.tokenizer;

    uses bitnet.spi.KernelBackend;
}
