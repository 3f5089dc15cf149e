package bitnet.server;

import bitnet.BusyException;
import bitnet.CapacityException;
import bitnet.ChatTemplateException;
import bitnet.ContextOverflowException;
import bitnet.InvalidConstraintException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a client is told of an exception. */
final class Failure {
    private static final Logger LOG = LoggerFactory.getLogger(BitNetServer.class);

    private Failure() {}

    static RequestException of(RuntimeException e) {
        return switch (e) {
            case RequestException refused -> refused;
            case ContextOverflowException _ ->
                new RequestException(
                        400,
                        "invalid_request_error",
                        String.valueOf(e.getMessage()),
                        "messages",
                        "context_length_exceeded");
            case ChatTemplateException _ ->
                new RequestException(400, "invalid_request_error", String.valueOf(e.getMessage()), "messages", null);
            case InvalidConstraintException _ ->
                new RequestException(
                        400, "invalid_request_error", String.valueOf(e.getMessage()), "response_format", null);
            case BusyException _ ->
                new RequestException(429, "rate_limit_error", String.valueOf(e.getMessage()), null, null);
            case CapacityException _ ->
                new RequestException(503, "server_error", String.valueOf(e.getMessage()), null, null);
            case IllegalArgumentException _ ->
                new RequestException(400, "invalid_request_error", String.valueOf(e.getMessage()), null, null);
            case IllegalStateException _ ->
                new RequestException(503, "server_error", "the server is closing", null, null);
            default -> {
                LOG.error("a request failed", e);
                yield new RequestException(
                        500, "server_error", "the model failed; the server's log says more", null, null);
            }
        };
    }
}
