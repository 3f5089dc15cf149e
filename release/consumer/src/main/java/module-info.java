/** An application that knows bitnet from its repository alone. */
module consumer {
    requires bitnet.core;
    requires bitnet.demo;
}
