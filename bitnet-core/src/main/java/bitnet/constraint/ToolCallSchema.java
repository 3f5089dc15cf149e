package bitnet.constraint;

import bitnet.InvalidConstraintException;
import bitnet.ToolSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The schema of a call of one of several tools, with the schemas of their arguments in it. */
final class ToolCallSchema {
    /** Keywords whose values are data and no schemas. */
    private static final Set<String> DATA = Set.of("const", "enum", "default", "examples");

    private ToolCallSchema() {}

    /** @throws InvalidConstraintException if there are no tools, or a schema is no object */
    static Map<String, @Nullable Object> of(List<ToolSpec> tools) {
        if (tools.isEmpty()) {
            throw new InvalidConstraintException("there are no tools to call");
        }
        List<@Nullable Object> calls = new ArrayList<>();
        for (int i = 0; i < tools.size(); i++) {
            ToolSpec tool = tools.get(i);
            Map<String, @Nullable Object> properties = new LinkedHashMap<>();
            properties.put("name", Map.of("const", tool.name()));
            properties.put("arguments", arguments(tool, "#/anyOf/" + i + "/properties/arguments"));
            calls.add(Map.of(
                    "type",
                    "object",
                    "properties",
                    properties,
                    "required",
                    List.of("name", "arguments"),
                    "additionalProperties",
                    false));
        }
        return Map.of("anyOf", calls);
    }

    /** What a tool takes: an object, with nothing that its schema does not declare unless it says so. */
    private static Map<String, @Nullable Object> arguments(ToolSpec tool, String at) {
        if (!(moved(JsonTree.parse(tool.jsonSchema()), at) instanceof Map<?, ?> schema)) {
            throw new InvalidConstraintException("the schema of tool " + tool.name() + " is not a JSON object");
        }
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        schema.forEach((keyword, value) -> arguments.put(String.valueOf(keyword), value));
        arguments.putIfAbsent("type", "object");
        if (arguments.containsKey("properties")) {
            arguments.putIfAbsent("additionalProperties", false);
        }
        return arguments;
    }

    /** A part of a schema whose root stands at a pointer of another one. */
    private static @Nullable Object moved(@Nullable Object value, String root) {
        return switch (value) {
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> moved = new LinkedHashMap<>();
                map.forEach((key, part) -> moved.put(String.valueOf(key), moved(String.valueOf(key), part, root)));
                yield moved;
            }
            case List<?> list -> {
                List<@Nullable Object> moved = new ArrayList<>();
                list.forEach(part -> moved.add(moved(part, root)));
                yield moved;
            }
            case null -> null;
            default -> value;
        };
    }

    private static @Nullable Object moved(String keyword, @Nullable Object value, String root) {
        if (keyword.equals("$ref") && value instanceof String reference && reference.startsWith("#")) {
            return root + reference.substring(1);
        }
        return DATA.contains(keyword) && !(value instanceof Map) ? value : moved(value, root);
    }
}
