package bitnet.cuda;

import bitnet.cuda.driver.GpuGraph;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The recorded launches of steps that come again and again. A step is launched directly the first time, recorded the second
 * time, and replayed from then on; of many shapes only those used last are kept.
 */
final class StepGraphs implements AutoCloseable {
    private static final int MOST = 32;

    /** Steps with the same program and shape have the same launches. */
    record Key(Runnable program, StepShape shape) {}

    private final Map<Key, Seen> steps = new LinkedHashMap<>(16, 0.75f, true);

    private static final class Seen {
        private @Nullable GpuGraph graph;
    }

    /** Whether such a step came before. Remembers it. */
    boolean isKnown(Key key) {
        if (steps.containsKey(key)) {
            return true;
        }
        steps.put(key, new Seen());
        if (steps.size() > MOST) {
            Iterator<Seen> oldest = steps.values().iterator();
            Seen seen = oldest.next();
            oldest.remove();
            close(seen);
        }
        return false;
    }

    /** The graph of a known step, if it was recorded. */
    @Nullable
    GpuGraph graph(Key key) {
        Seen seen = steps.get(key);
        return seen == null ? null : seen.graph;
    }

    /** Keeps the graph of a known step. */
    void keep(Key key, GpuGraph graph) {
        Seen seen = steps.get(key);
        if (seen == null) {
            throw new IllegalStateException("the step is not known");
        }
        seen.graph = graph;
    }

    private static void close(Seen seen) {
        if (seen.graph != null) {
            seen.graph.close();
        }
    }

    @Override
    public void close() {
        steps.values().forEach(StepGraphs::close);
        steps.clear();
    }
}
