/** JMH benchmarks. */
module bitnet.benchmarks {
    requires bitnet.core;
    requires bitnet.backend.cpu;
    requires java.net.http;
    requires jmh.core;
    requires static jdk.incubator.vector;
    requires static org.jspecify;
}
