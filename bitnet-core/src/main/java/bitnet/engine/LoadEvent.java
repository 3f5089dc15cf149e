package bitnet.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Flight recorder: a model was loaded. */
@Name("bitnet.ModelLoad")
@Label("Model Load")
@Category("bitnet")
@Description("Opening a model's files and making it ready on a backend")
@StackTrace(false)
final class LoadEvent extends Event {
    @Label("Source")
    String source = "";

    @Label("Backend")
    String backend = "";

    @Label("Device")
    String device = "";

    void done(String loadedFrom, String backendId, String deviceLabel) {
        source = loadedFrom;
        backend = backendId;
        device = deviceLabel;
        commit();
    }
}
