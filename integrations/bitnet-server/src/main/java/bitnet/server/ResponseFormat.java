package bitnet.server;

import bitnet.GenerationOptions;
import bitnet.constraint.TokenConstraint;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The field {@code response_format}: what form an answer has to have. */
final class ResponseFormat {
    private ResponseFormat() {}

    /** @throws bitnet.InvalidConstraintException if the schema cannot be followed */
    static GenerationOptions apply(RequestBody body, GenerationOptions options) {
        RequestBody format = body.object("response_format");
        if (format == null) {
            return options;
        }
        return switch (format.string("type")) {
            case "text" -> options;
            case "json_object" -> options.withConstraint(TokenConstraint.jsonObject());
            case "json_schema" -> options.withConstraint(schema(format.object("json_schema")));
            case null, default -> throw RequestException.unsupported(format.path("type"));
        };
    }

    private static TokenConstraint schema(@Nullable RequestBody format) {
        if (format == null || format.get("schema") == null) {
            throw RequestException.invalid("response_format", "'response_format.json_schema.schema' is missing");
        }
        byte[] schema = JsonText.of(json -> json.value(format.get("schema")));
        return TokenConstraint.jsonSchema(new String(schema, StandardCharsets.UTF_8));
    }
}
