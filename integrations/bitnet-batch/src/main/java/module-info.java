/** Many rows through one model: what the integrations of engines for tables share. */
module bitnet.batch {
    requires transitive bitnet.core;
    requires org.slf4j;
    requires static org.jspecify;

    exports bitnet.batch;
}
