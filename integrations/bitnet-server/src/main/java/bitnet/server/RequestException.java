package bitnet.server;

import org.jspecify.annotations.Nullable;

/** A request that is refused, with what OpenAI's error objects say. */
final class RequestException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String type;
    private final @Nullable String parameter;
    private final @Nullable String code;

    RequestException(int status, String type, String message, @Nullable String parameter, @Nullable String code) {
        super(message);
        this.status = status;
        this.type = type;
        this.parameter = parameter;
        this.code = code;
    }

    static RequestException invalid(String parameter, String message) {
        return new RequestException(400, "invalid_request_error", message, parameter, null);
    }

    static RequestException unsupported(String parameter) {
        return new RequestException(
                400,
                "invalid_request_error",
                "'" + parameter + "' is not supported",
                parameter,
                "unsupported_parameter");
    }

    int status() {
        return status;
    }

    /** The error object. */
    void write(JsonText json) {
        json.object(() -> json.object("error", () -> {
            json.field("message", String.valueOf(getMessage()));
            json.field("type", type);
            json.field("param", parameter);
            json.field("code", code);
        }));
    }
}
