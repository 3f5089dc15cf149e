package bitnet.server;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** A request that Helidon has received. */
final class HelidonExchange implements Exchange {
    private final ServerRequest request;
    private final ServerResponse response;
    private final int maxBody;
    private boolean begun;

    HelidonExchange(ServerRequest request, ServerResponse response, int maxBody) {
        this.request = request;
        this.response = response;
        this.maxBody = maxBody;
    }

    @Override
    public String header(String name) {
        return request.headers().first(HeaderNames.create(name)).orElse("");
    }

    @Override
    public String parameter(String name) {
        return request.path().pathParameters().get(name);
    }

    @Override
    public byte[] body() {
        if (!request.content().hasEntity()) {
            return new byte[0];
        }
        try (InputStream in = request.content().inputStream()) {
            byte[] body = in.readNBytes(maxBody + 1);
            if (body.length > maxBody) {
                throw new RequestException(
                        413, "invalid_request_error", "the request has more than " + maxBody + " bytes", null, null);
            }
            return body;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether an answer has begun, so that there cannot be another. */
    boolean hasBegun() {
        return begun;
    }

    @Override
    public void send(int status, String contentType, byte[] document) {
        begun = true;
        response.status(Status.create(status));
        response.header(HeaderNames.CONTENT_TYPE, contentType);
        response.send(document);
    }

    @Override
    public EventStream events() {
        begun = true;
        response.header(HeaderNames.CONTENT_TYPE, "text/event-stream");
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
        return new EventStream(response.outputStream());
    }

    @Override
    public void respondHeader(String name, String value) {
        response.header(HeaderNames.create(name), value);
    }
}
