package bitnet.cpu;

import bitnet.cpu.ffm.CpuLibrary;
import bitnet.cpu.ffm.HugePages;
import bitnet.cpu.ffm.gen.BitnetCpu;
import bitnet.natives.NativeLibraryException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What this machine can do at most, as the native kernels see it: what benchmarks compare with. Each measurement takes about a
 * second and is the best of several rounds.
 */
public final class MachineLimits {
    private static final int ROUNDS = 6;
    /** For each thread; far beyond any cache's share. */
    private static final long BYTES = 256L << 20;
    /** Some 50 ms at the speed of AVX-512. */
    private static final long INT8_ROUNDS = 20_000_000;

    private MachineLimits() {}

    /** Physical cores that this process may use. */
    public static int physicalCores() {
        return PhysicalCores.count();
    }

    /** Bytes that {@code threads} threads read from memory in a second, each its own; empty without the native library. */
    public static OptionalDouble readBytes(int threads) {
        if (isMissing()) {
            return OptionalDouble.empty();
        }
        int isa = CpuLibrary.isa();
        Memory pages = HugePages.orPlain();
        try (Arena arena = Arena.ofShared()) {
            List<MemorySegment> memory = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                // In the pages that weights lie in, or the limit reads lower than the kernels; filled, so that every
                // page is there.
                memory.add(pages.allocate(arena, BYTES).fill((byte) 1));
            }
            return best(threads, BYTES, thread -> BitnetCpu.bitnet_read(isa, memory.get(thread), BYTES));
        }
    }

    /** Int8 multiply-and-adds that {@code threads} threads do in a second; empty without the native library. */
    public static OptionalDouble int8Products(int threads) {
        if (isMissing()) {
            return OptionalDouble.empty();
        }
        int isa = CpuLibrary.isa();
        long operations = BitnetCpu.bitnet_int8_operations(isa, 1) * INT8_ROUNDS;
        return best(threads, operations / 2.0, _ -> BitnetCpu.bitnet_int8_operations(isa, INT8_ROUNDS));
    }

    private static boolean isMissing() {
        try {
            CpuLibrary.require();
            return false;
        } catch (NativeLibraryException _) {
            return true;
        }
    }

    /** Something to measure. */
    @FunctionalInterface
    private interface Work {
        long run(int thread);
    }

    private static OptionalDouble best(int threads, double amount, Work work) {
        double best = 0;
        for (int round = 0; round < ROUNDS; round++) {
            List<Thread> all = new ArrayList<>();
            long start = System.nanoTime();
            for (int i = 0; i < threads; i++) {
                int thread = i;
                all.add(Thread.ofPlatform().start(() -> {
                    long _ = work.run(thread);
                }));
            }
            for (Thread thread : all) {
                if (!join(thread)) {
                    return OptionalDouble.empty();
                }
            }
            best = Math.max(best, amount * threads * 1e9 / (System.nanoTime() - start));
        }
        return OptionalDouble.of(best);
    }

    private static boolean join(Thread thread) {
        try {
            thread.join();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
