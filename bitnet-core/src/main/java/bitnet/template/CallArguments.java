package bitnet.template;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a function, filter, test or method is called with.
 *
 * @param name of what is called, for messages
 * @param positional those without a name, in order
 * @param named by name
 */
record CallArguments(String name, List<Object> positional, Map<String, Object> named) {
    private static final Object MISSING = new Object();

    /**
     * The same arguments, all with names. One that there is no parameter for is refused: to ignore it would be to render
     * something else than the template asks for.
     */
    CallArguments bind(List<String> parameters) {
        if (positional.size() > parameters.size()) {
            throw new TemplateError(name + " has " + positional.size() + " arguments, and takes " + parameters.size());
        }
        var all = new LinkedHashMap<String, Object>();
        for (int i = 0; i < positional.size(); i++) {
            all.put(parameters.get(i), positional.get(i));
        }
        for (var argument : named.entrySet()) {
            if (!parameters.contains(argument.getKey()) || all.put(argument.getKey(), argument.getValue()) != null) {
                throw new TemplateError(name + " does not take the argument '" + argument.getKey() + "'");
            }
        }
        return new CallArguments(name, List.of(), all);
    }

    /** The argument of a name, or the default. */
    Object get(String argument, Object otherwise) {
        return named.getOrDefault(argument, otherwise);
    }

    /** The argument of a name. */
    Object get(String argument) {
        Object value = get(argument, MISSING);
        if (value == MISSING) {
            throw new TemplateError(name + " needs the argument '" + argument + "'");
        }
        return value;
    }
}
