package bitnet.engine;

import bitnet.FinishReason;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Flight recorder: a generation, from the first request for a token to its end, the consumer's time included. */
@Name("bitnet.Generation")
@Label("Generation")
@Category("bitnet")
@Description("An answer, from the first request for a token to its end")
@StackTrace(false)
final class GenerationEvent extends Event {
    @Label("Prompt Tokens")
    int promptTokens;

    @Label("Completion Tokens")
    int completionTokens;

    @Label("Finish Reason")
    String finishReason = "";

    void done(int prompt, int completion, FinishReason reason) {
        promptTokens = prompt;
        completionTokens = completion;
        finishReason = reason.name();
        commit();
    }
}
