package bitnet.cuda;

import bitnet.spi.Kernels;
import org.jspecify.annotations.Nullable;

/**
 * A head on the device: a table, and perhaps its screen; or an int8 head, whose codes and scales are those of a screen; or a
 * ternary one.
 *
 * @param table null for an int8 or a ternary head
 * @param screen null where it does not pay, or where there was no memory for it
 * @param ternary null for the others
 */
record DeviceHead(
        @Nullable DeviceTable table,
        @Nullable DeviceScreen screen,
        @Nullable TernaryHead ternary) implements Kernels.Head {
    DeviceHead {
        if (table == null && screen == null && ternary == null) {
            throw new IllegalArgumentException("a head of nothing");
        }
    }

    /** Whether logits are computed from it by way of integers: all of them, or the best. */
    boolean isScreened(StepShape step) {
        return screen != null && (table == null || step.top() > 0);
    }

    boolean isInt8() {
        return table == null && screen != null;
    }

    DeviceTable exact() {
        return java.util.Objects.requireNonNull(table);
    }

    DeviceScreen codes() {
        return java.util.Objects.requireNonNull(screen);
    }
}
