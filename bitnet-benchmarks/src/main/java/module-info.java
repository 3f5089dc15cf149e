/** JMH benchmarks. */
module bitnet.benchmarks {
    requires bitnet.core;
    requires bitnet.backend.cpu;
    requires jmh.core;
    requires static jdk.incubator.vector;
    requires static org.jspecify;
}
