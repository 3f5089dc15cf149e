/** A model behind the HTTP interface that OpenAI clients speak. */
module bitnet.server {
    requires transitive bitnet.core;
    requires com.fasterxml.jackson.core;
    requires io.helidon.webserver;
    requires org.slf4j;
    requires static org.jspecify;

    exports bitnet.server;
}
