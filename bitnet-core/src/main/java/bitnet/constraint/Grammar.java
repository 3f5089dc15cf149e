package bitnet.constraint;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Rules and where to begin. Vocabularies are of no concern here.
 *
 * @param rules by name, in the order in which they were written
 * @param root the rule that an answer follows from its first byte to its last
 */
record Grammar(Map<String, Expression> rules, String root) {
    Grammar {
        rules = new LinkedHashMap<>(rules);
    }

    /** A grammar of one rule. */
    static Grammar of(Expression expression) {
        return new Grammar(Map.of("root", expression), "root");
    }
}
