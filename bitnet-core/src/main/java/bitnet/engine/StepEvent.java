package bitnet.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Flight recorder: a step was computed. There is one for each token at least, so it is off unless a recording asks for it. */
@Name("bitnet.Step")
@Label("Step")
@Category("bitnet")
@Description("Computing the next tokens of all generations that go along")
@Enabled(false)
@StackTrace(false)
final class StepEvent extends Event {
    @Label("Generations")
    int generations;

    @Label("Decoded Rows")
    int decodedRows;

    @Label("Prompt Rows")
    int promptRows;

    void done(StepPlan plan) {
        generations = plan.pieces().size();
        decodedRows = plan.decoding();
        promptRows = plan.rows() - plan.decoding();
        commit();
    }
}
