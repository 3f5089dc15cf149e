/** The {@code bitnet} command. */
module bitnet.cli {
    requires bitnet.core;
    requires info.picocli;
    requires org.jline.reader;
    requires org.jline.terminal;
    requires org.slf4j;
    requires static org.jspecify;
}
