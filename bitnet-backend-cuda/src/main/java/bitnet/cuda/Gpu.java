package bitnet.cuda;

import bitnet.cuda.driver.GpuContext;
import bitnet.cuda.driver.GpuDevice;
import bitnet.cuda.driver.GpuEvent;
import bitnet.cuda.driver.GpuFunction;
import bitnet.cuda.driver.GpuLaunches;
import bitnet.cuda.driver.GpuLaunches.Start;
import bitnet.cuda.driver.GpuMemory;
import bitnet.cuda.driver.GpuModule;
import bitnet.cuda.driver.GpuStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What one model has of a device: a share of its context, a stream, memory and the kernels. One thread at a time, which has
 * entered the context.
 */
final class Gpu implements AutoCloseable {
    /** Shared memory that kernels declare themselves, at most. */
    private static final int DECLARED_SHARED = 10 << 10;
    /** Where a launch may begin before the one in front has ended. */
    private static final int PROGRAMMATIC = 90;

    private final GpuContext context;
    private final GpuStream stream;
    private final GpuLaunches launches;
    private final GpuMemory memory;
    private final GpuModule module;
    private final Map<String, GpuFunction> functions = new HashMap<>();
    private final List<GpuEvent> events = new ArrayList<>();
    /** The first launch of a step waits for the copy in front of it. */
    private boolean overlapping;

    private Gpu(GpuContext context, GpuStream stream, GpuMemory memory, GpuModule module) {
        this.context = context;
        this.stream = stream;
        launches = new GpuLaunches(stream);
        this.memory = memory;
        this.module = module;
    }

    /** Takes a share of a device. */
    @SuppressWarnings("MustBeClosedChecker") // closed by close(), or here
    static Gpu open(GpuDevice device) {
        GpuContext context = GpuContext.open(device);
        try (var _ = context.enter();
                Arena arena = Arena.ofConfined()) {
            GpuStream stream = GpuStream.open();
            try {
                return new Gpu(context, stream, new GpuMemory(context), GpuModule.load(KernelImage.read(arena)));
            } catch (RuntimeException | Error e) {
                stream.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            context.close();
            throw e;
        }
    }

    GpuContext context() {
        return context;
    }

    GpuDevice device() {
        return context.device();
    }

    GpuStream stream() {
        return stream;
    }

    GpuMemory memory() {
        return memory;
    }

    /** Device memory of zero bytes. */
    MemorySegment allocate(long bytes, String what) {
        return memory.allocate(bytes, what, stream);
    }

    /** A new event, which is closed with this. */
    GpuEvent event() {
        GpuEvent event = GpuEvent.open();
        events.add(event);
        return event;
    }

    /** Shared memory that a launch may ask for. */
    int mostShared() {
        return device().sharedBytes() - DECLARED_SHARED;
    }

    /** What is launched next follows something that is not a kernel. */
    void begin() {
        overlapping = false;
    }

    /** Launches a kernel with the argument that {@code argument} fills in. */
    void launch(
            String kernel,
            GpuFunction.Grid blocks,
            int threads,
            int sharedBytes,
            Function<Arena, MemorySegment> argument) {
        try (Arena arena = Arena.ofConfined()) {
            launch(kernel, blocks, threads, sharedBytes, argument.apply(arena));
        }
    }

    /** Launches a kernel with an argument, which is copied. */
    void launch(String kernel, GpuFunction.Grid blocks, int threads, int sharedBytes, MemorySegment argument) {
        GpuFunction function = functions.computeIfAbsent(kernel, name -> module.function(name, roomOf(sharedBytes)));
        Start start = overlapping && device().capability() >= PROGRAMMATIC ? Start.OVERLAPPING : Start.AFTER;
        launches.launch(function, blocks, threads, sharedBytes, argument, start);
        overlapping = true;
    }

    /** What a kernel that is launched with so much may have; those that declare all of their shared memory, all of that. */
    private int roomOf(int sharedBytes) {
        return sharedBytes > mostShared() ? device().sharedBytes() : sharedBytes > 0 ? mostShared() : 0;
    }

    /** Launches a kernel that declares no shared memory, one block a multiprocessor at most, all of them at once. */
    void launchTogether(String kernel, int blocks, int threads, int sharedBytes, MemorySegment argument) {
        GpuFunction function = functions.computeIfAbsent(kernel, name -> module.function(name, device().sharedBytes()));
        GpuFunction.Grid row = new GpuFunction.Grid(blocks, 1, 1);
        launches.launch(function, row, threads, sharedBytes, argument, Start.TOGETHER);
        // What follows waits: blocks of it that come early would take the place of these.
        overlapping = false;
    }

    @Override
    public void close() {
        // Each waits for the device; none of them throws.
        try (var _ = context.enterToClose()) {
            events.forEach(GpuEvent::close);
            module.close();
            stream.close();
            memory.close();
        }
        context.close();
    }
}
