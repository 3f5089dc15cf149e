package bitnet;

import java.util.Objects;

/**
 * A tool that a model may ask for. It is described to the model by its own chat template.
 *
 * @param name what the model calls it
 * @param description what it does, in words
 * @param jsonSchema what it takes: a JSON schema of type {@code object}, as text
 */
public record ToolSpec(String name, String description, String jsonSchema) {
    public ToolSpec {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(description, "description");
        Objects.requireNonNull(jsonSchema, "jsonSchema");
    }
}
