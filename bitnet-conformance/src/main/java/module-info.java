/** Checks for backends: the same bits as the scalar kernels, operation by operation and for whole models. */
module bitnet.conformance {
    requires transitive bitnet.core;
    requires static org.jspecify;

    exports bitnet.conformance;
}
