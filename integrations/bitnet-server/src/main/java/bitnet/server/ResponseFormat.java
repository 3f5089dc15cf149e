package bitnet.server;

import bitnet.constraint.TokenConstraint;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The field {@code response_format}: what form an answer has to have. */
final class ResponseFormat {
    private ResponseFormat() {}

    /**
     * The constraint, or null for none.
     *
     * @throws bitnet.InvalidConstraintException if the schema cannot be followed
     */
    static @Nullable TokenConstraint of(RequestBody body) {
        RequestBody format = body.object("response_format");
        if (format == null) {
            return null;
        }
        return switch (format.string("type")) {
            case "text" -> null;
            case "json_object" -> TokenConstraint.jsonObject();
            case "json_schema" -> schema(format.object("json_schema"));
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
