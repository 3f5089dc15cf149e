package bitnet.template;

import java.util.List;
import java.util.Map;

/**
 * What a function, filter, test or method is called with. Of a filter or test, the value that it is applied to is not
 * among them, but positions count from it: the first argument is at 1, as in a function the second is.
 *
 * @param name of what is called, for messages
 * @param positional in order
 * @param named by name
 * @param first the position of the first
 */
record CallArguments(String name, List<Object> positional, Map<String, Object> named, int first) {
    /** The argument at a position or of a name, or the default. */
    Object get(int position, String argument, Object otherwise) {
        int i = position - first;
        if (i >= 0 && i < positional.size()) {
            return positional.get(i);
        }
        return named.getOrDefault(argument, otherwise);
    }

    /** The argument at a position or of a name. */
    Object get(int position, String argument) {
        Object value = get(position, argument, MISSING);
        if (value == MISSING) {
            throw new TemplateError(name + " needs its argument '" + argument + "'");
        }
        return value;
    }

    /** Refuses more arguments than there may be. */
    void atMost(int count) {
        if (positional.size() + named.size() > count) {
            throw new TemplateError(
                    name + " has " + (positional.size() + named.size()) + " arguments, and takes " + count);
        }
    }

    private static final Object MISSING = new Object();
}
