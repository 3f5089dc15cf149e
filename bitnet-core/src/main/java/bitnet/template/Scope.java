package bitnet.template;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Names and their values. Loops, macros and captured blocks have a scope of their own, which ends with them. */
final class Scope {
    private final @Nullable Scope outer;
    private final Map<String, Object> values = new HashMap<>();

    Scope(@Nullable Scope outer) {
        this.outer = outer;
    }

    Object get(String name, Budget budget) {
        for (Scope scope = this; scope != null; scope = scope.outer) {
            budget.work(8);
            Object value = scope.values.get(name);
            if (value != null) {
                return value;
            }
        }
        return new Undefined(name);
    }

    void set(String name, Object value) {
        values.put(name, value);
    }
}
