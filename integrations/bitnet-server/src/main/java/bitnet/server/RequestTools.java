package bitnet.server;

import bitnet.ToolSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The fields {@code tools}, {@code tool_choice} and {@code parallel_tool_calls} of a chat request.
 *
 * @param offered the tools that the model is told of
 * @param forced those of which it has to call one; empty if it may answer as well
 * @param oneCall whether an answer has one call at most
 */
record RequestTools(List<ToolSpec> offered, List<ToolSpec> forced, boolean oneCall) {
    static RequestTools of(RequestBody body) {
        List<ToolSpec> tools = new ArrayList<>();
        List<?> list = body.list("tools");
        for (int i = 0; i < list.size(); i++) {
            tools.add(tool(RequestBody.of(list.get(i), "tools[" + i + "]")));
        }
        boolean oneCall = Boolean.FALSE.equals(body.get("parallel_tool_calls"));
        Object choice = body.get("tool_choice");
        if (choice == null || choice.equals("auto")) {
            return new RequestTools(tools, List.of(), oneCall);
        }
        if (choice.equals("none")) {
            return new RequestTools(List.of(), List.of(), oneCall);
        }
        List<ToolSpec> forced =
                choice.equals("required") ? tools : List.of(named(RequestBody.of(choice, "tool_choice"), tools));
        if (forced.isEmpty()) {
            throw RequestException.invalid("tool_choice", "'tool_choice' asks for a call, and there are no 'tools'");
        }
        return new RequestTools(tools, forced, oneCall);
    }

    private static ToolSpec tool(RequestBody tool) {
        requireFunction(tool);
        RequestBody function = RequestBody.of(tool.get("function"), tool.path("function"));
        String description = function.string("description");
        RequestBody parameters = function.object("parameters");
        String schema = parameters == null
                ? "{\"type\":\"object\",\"properties\":{}}"
                : new String(JsonText.of(json -> json.value(function.get("parameters"))), StandardCharsets.UTF_8);
        return new ToolSpec(name(function), description == null ? "" : description, schema);
    }

    private static ToolSpec named(RequestBody choice, List<ToolSpec> tools) {
        requireFunction(choice);
        String name = name(RequestBody.of(choice.get("function"), "tool_choice.function"));
        return tools.stream()
                .filter(tool -> tool.name().equals(name))
                .findFirst()
                .orElseThrow(() -> RequestException.invalid(
                        "tool_choice", "'tool_choice' names " + name + ", which is not one of 'tools'"));
    }

    private static String name(RequestBody function) {
        String name = function.string("name");
        if (name == null || name.isBlank()) {
            throw RequestException.invalid(
                    function.path("name"), "'" + function.path("name") + "' is missing or empty");
        }
        return name;
    }

    private static void requireFunction(RequestBody object) {
        if (!"function".equals(object.string("type"))) {
            throw RequestException.unsupported(object.path("type") + "=" + object.string("type"));
        }
    }
}
