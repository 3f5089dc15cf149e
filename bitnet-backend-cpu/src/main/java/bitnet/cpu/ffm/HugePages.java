package bitnet.cpu.ffm;

import bitnet.cpu.Memory;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Memory straight from Linux, with pages of 2 MiB where it grants them: 5 to 10 % faster to stream through than pages of
 * 4 KiB. Nothing is touched before it is used, so that the workers that fill it do so in parallel.
 */
public final class HugePages implements Memory {
    private static final long HUGE = 2L << 20;
    private static final int PROT_READ_WRITE = 1 | 2;
    private static final int MAP_PRIVATE_ANONYMOUS = 2 | 32;
    private static final int MADV_DONTNEED = 4;
    private static final int MADV_HUGEPAGE = 14;
    private static final ValueLayout.OfLong SIZE = ValueLayout.JAVA_LONG;
    private static final AddressLayout POINTER = ValueLayout.ADDRESS;

    private final MethodHandle mmap = function(
            "mmap", POINTER, POINTER, SIZE, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, SIZE);
    private final MethodHandle munmap = function("munmap", ValueLayout.JAVA_INT, POINTER, SIZE);
    private final MethodHandle madvise = function("madvise", ValueLayout.JAVA_INT, POINTER, SIZE, ValueLayout.JAVA_INT);

    private HugePages() {}

    /** Huge pages on Linux, plain memory elsewhere. */
    public static Memory orPlain() {
        boolean linux = System.getProperty("os.name", "").equals("Linux");
        return linux && POINTER.byteSize() == Long.BYTES ? new HugePages() : PLAIN;
    }

    private static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        SymbolLookup libc = linker.defaultLookup();
        return linker.downcallHandle(libc.findOrThrow(name), FunctionDescriptor.of(result, arguments));
    }

    @Override
    public MemorySegment allocate(Arena arena, long bytes) {
        if (bytes < HUGE) {
            return PLAIN.allocate(arena, bytes);
        }
        // Room to begin at a multiple of a huge page.
        long mapped = Math.addExact(Math.ceilDiv(bytes, HUGE) * HUGE, HUGE);
        long address = map(mapped);
        if (address == -1) {
            return PLAIN.allocate(arena, bytes); // which says what is wrong
        }
        MemorySegment.ofAddress(address).reinterpret(mapped, arena, memory -> unmap(memory.address(), mapped));
        long begin = Math.ceilDiv(address, HUGE) * HUGE;
        advise(begin, mapped - HUGE, MADV_HUGEPAGE);
        return MemorySegment.ofAddress(begin).reinterpret(bytes, arena, null);
    }

    @Override
    public void forget(MemorySegment part) {
        long begin = Math.ceilDiv(part.address(), 4096) * 4096;
        long end = (part.address() + part.byteSize()) / 4096 * 4096;
        if (begin < end) {
            advise(begin, end - begin, MADV_DONTNEED);
        }
    }

    private long map(long bytes) {
        try {
            MemorySegment segment = (MemorySegment)
                    mmap.invokeExact(MemorySegment.NULL, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            return segment.address();
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    private void unmap(long address, long bytes) {
        try {
            int ignored = (int) munmap.invokeExact(MemorySegment.ofAddress(address), bytes);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    /** Advice may be refused; then it is slower. */
    private void advise(long address, long bytes, int advice) {
        try {
            int ignored = (int) madvise.invokeExact(MemorySegment.ofAddress(address), bytes, advice);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    private static RuntimeException thrown(Throwable e) {
        return switch (e) {
            case RuntimeException unchecked -> unchecked;
            case Error error -> throw error;
            default -> new IllegalStateException("native code throws nothing", e);
        };
    }
}
