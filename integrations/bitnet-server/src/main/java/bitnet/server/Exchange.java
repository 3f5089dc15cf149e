package bitnet.server;

/** One request and its answer, whatever web server they come through. */
interface Exchange {
    /** A header of the request; empty if it is missing. */
    String header(String name);

    /** A part of the path that its route names. */
    String parameter(String name);

    /**
     * The body.
     *
     * @throws RequestException with status 413 if it is larger than allowed
     */
    byte[] body();

    /** Answers with a whole document. */
    void send(int status, String contentType, byte[] document);

    /** Begins an answer of server-sent events. */
    EventStream events();

    /** Adds a header to the answer, before it begins. */
    void respondHeader(String name, String value);
}
