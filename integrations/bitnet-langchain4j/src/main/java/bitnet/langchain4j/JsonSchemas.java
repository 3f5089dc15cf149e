package bitnet.langchain4j;

import bitnet.json.JsonValues;
import dev.langchain4j.model.chat.request.json.JsonAnyOfSchema;
import dev.langchain4j.model.chat.request.json.JsonArraySchema;
import dev.langchain4j.model.chat.request.json.JsonBooleanSchema;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonIntegerSchema;
import dev.langchain4j.model.chat.request.json.JsonNullSchema;
import dev.langchain4j.model.chat.request.json.JsonNumberSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonReferenceSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** LangChain4j's schemas as JSON Schema. */
final class JsonSchemas {
    private JsonSchemas() {}

    /** @throws dev.langchain4j.exception.UnsupportedFeatureException if a part of it is of a kind that is not known here */
    static String text(JsonSchemaElement schema) {
        return schema instanceof JsonRawSchema raw ? raw.schema() : JsonValues.text(map(schema));
    }

    private static Map<String, @Nullable Object> map(JsonSchemaElement schema) {
        if (schema instanceof JsonRawSchema raw) {
            return JsonValues.object("a schema", raw.schema());
        }
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        if (schema.description() != null) {
            map.put("description", schema.description());
        }
        switch (schema) {
            case JsonObjectSchema object -> {
                map.put("type", "object");
                map.put("properties", maps(object.properties()));
                if (object.required() != null) {
                    map.put("required", object.required());
                }
                if (object.additionalProperties() != null) {
                    map.put("additionalProperties", object.additionalProperties());
                }
                if (!object.definitions().isEmpty()) {
                    map.put("$defs", maps(object.definitions()));
                }
            }
            case JsonArraySchema array -> {
                map.put("type", "array");
                if (array.items() != null) {
                    map.put("items", map(array.items()));
                }
            }
            case JsonEnumSchema constants -> {
                map.put("type", "string");
                map.put("enum", constants.enumValues());
            }
            case JsonStringSchema _ -> map.put("type", "string");
            case JsonIntegerSchema _ -> map.put("type", "integer");
            case JsonNumberSchema _ -> map.put("type", "number");
            case JsonBooleanSchema _ -> map.put("type", "boolean");
            case JsonNullSchema _ -> map.put("type", "null");
            case JsonAnyOfSchema any ->
                map.put("anyOf", any.anyOf().stream().map(JsonSchemas::map).toList());
            case JsonReferenceSchema reference -> map.put("$ref", "#/$defs/" + reference.reference());
            default ->
                throw BitNetRequest.unsupported(
                        "a schema of " + schema.getClass().getSimpleName());
        }
        return map;
    }

    private static Map<String, @Nullable Object> maps(Map<String, JsonSchemaElement> schemas) {
        Map<String, @Nullable Object> maps = new LinkedHashMap<>();
        schemas.forEach((name, schema) -> maps.put(name, map(schema)));
        return maps;
    }
}
