package bitnet.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Flight recorder: a token was generated. One event a token, so it is off unless a recording asks for it. */
@Name("bitnet.Decode")
@Label("Decode")
@Category("bitnet")
@Description("Computing one token of an answer and choosing it")
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
