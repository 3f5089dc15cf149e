package bitnet.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * Flight recorder: a step of an answer, for one token, or for several where guesses were right. There are many of them, so they are off
 * unless a recording asks for them.
 */
@Name("bitnet.Decode")
@Label("Decode")
@Category("bitnet")
@Description("Computing a step of an answer and choosing its first token")
@Enabled(false)
@StackTrace(false)
final class DecodeEvent extends Event {
    @Label("Position")
    int position;

    void done(int length) {
        position = length;
        commit();
    }
}
