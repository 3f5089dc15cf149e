package bitnet.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Flight recorder: a generation waited until another one ended. */
@Name("bitnet.Queue")
@Label("Queue")
@Category("bitnet")
@Description("Waiting until a generation may run, because as many run as are allowed")
@StackTrace(false)
final class QueueEvent extends Event {
    @Label("Running Generations")
    int running;

    @Label("Queued Generations")
    int queued;

    void done(int nowRunning, int nowQueued) {
        running = nowRunning;
        queued = nowQueued;
        commit();
    }
}
