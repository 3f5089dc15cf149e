/** The {@code bitnet} command. */
module bitnet.cli {
    requires bitnet.backend.coreml;
    requires bitnet.backend.cpu;
    requires bitnet.core;
    requires bitnet.demo;
    requires bitnet.server;
    requires com.fasterxml.jackson.core;
    requires info.picocli;
    requires java.logging;
    requires org.jline.reader;
    requires org.jline.terminal;
    requires static org.jspecify;

    opens bitnet.cli to
            info.picocli;
}
