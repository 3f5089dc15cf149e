/** A small trained model, as a resource: the default of the command line, and something for tests and examples to run. */
module bitnet.demo {
    requires bitnet.core;
    requires static org.jspecify;

    exports bitnet.demo;
}
