package bitnet.cuda;

import bitnet.forward.PageTable;
import bitnet.spi.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Prints what parts of a layer take: the difference between steps of {@code 2n} and of {@code n} parts, over {@code n}, which are all
 * tokens of one sequence.
 */
final class PartTimes {
    private static final int RUNS = Integer.getInteger("bitnet.cuda.runs", 60);
    private static final int WARM_UP = 5;

    private final CudaKernels kernels;
    private final int parts;
    private final int maxRows;
    private final PageTable pages;

    /** @param parts of the longer steps */
    PartTimes(CudaKernels kernels, int parts, int maxRows) {
        this.kernels = kernels;
        this.parts = parts;
        this.maxRows = maxRows;
        pages = new PageTable(kernels);
        pages.reserve(2 * maxRows);
    }

    /** Prints and answers the microseconds of a part. */
    double print(String what, int rows, int position, IntConsumer part) {
        int half = parts / 2;
        double us = (step(rows, position, part, 2 * half) - step(rows, position, part, half)) / half;
        System.out.printf("%-30s %3d tokens: %8.2f us%n", what, rows, us);
        return us;
    }

    /** The median microseconds of a step of so many parts. */
    private double step(int tokens, int position, IntConsumer part, int count) {
        Step step = new Step(maxRows);
        for (int row = 0; row < tokens; row++) {
            step.add(pages.cache(), position + row, 0, null);
        }
        Runnable program = () -> {
            for (int i = 0; i < count; i++) {
                part.accept(i);
            }
        };
        List<Long> times = new ArrayList<>();
        for (int i = 0; i < RUNS + WARM_UP; i++) {
            long start = System.nanoTime();
            kernels.run(step, program);
            if (i >= WARM_UP) {
                times.add(System.nanoTime() - start);
            }
        }
        times.sort(null);
        return times.get(times.size() / 2) / 1e3;
    }
}
