package bitnet.cuda.driver;

import static bitnet.cuda.driver.Check.check;

import bitnet.cuda.driver.gen.Cuda;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Recorded work that is launched as one. */
public final class GpuGraph implements AutoCloseable {
    private final MemorySegment executable;
    private boolean closed;

    private GpuGraph(MemorySegment executable) {
        this.executable = executable;
    }

    /** Makes a recorded graph executable, and takes it over. */
    static GpuGraph of(MemorySegment graph) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment executable = arena.allocate(ValueLayout.ADDRESS);
            check(Cuda.cuGraphInstantiateWithFlags(executable, graph, 0), "cuGraphInstantiate");
            return new GpuGraph(executable.get(ValueLayout.ADDRESS, 0));
        } finally {
            Cuda.cuGraphDestroy(graph);
        }
    }

    /** Does it all once more. */
    public void launch(GpuStream stream) {
        check(Cuda.cuGraphLaunch(executable, stream.handle()), "cuGraphLaunch");
    }

    /** Ends it. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Cuda.cuGraphExecDestroy(executable);
        }
    }
}
