package bitnet.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an operation tells its kernel, filled in at its first launch and kept for the next steps: to fill it in anew took half
 * of the host's time for a prompt, and in a young JVM most of it.
 */
final class KernelArgument {
    private @Nullable MemorySegment memory;

    /** The argument; {@code describe} makes it where it is not there yet. The driver copies it at each launch. */
    MemorySegment of(Function<Arena, MemorySegment> describe) {
        if (memory == null) {
            memory = describe.apply(Arena.ofAuto());
        }
        return memory;
    }
}
