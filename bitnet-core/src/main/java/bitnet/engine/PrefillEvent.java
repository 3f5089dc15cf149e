package bitnet.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Flight recorder: a prompt was computed. */
@Name("bitnet.Prefill")
@Label("Prefill")
@Category("bitnet")
@Description("Computing the prompt of a generation")
@StackTrace(false)
final class PrefillEvent extends Event {
    @Label("Computed Tokens")
    int computedTokens;

    @Label("Cached Tokens")
    int cachedTokens;

    void done(int computed, int cached) {
        computedTokens = computed;
        cachedTokens = cached;
        commit();
    }
}
