package bitnet.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ConstraintAllocationTest {
    /** An answer over states that are known allocates nothing but its beginning and what it is forced to. */
    @Test
    void knownStatesAllocateNothing() throws Exception {
        CompiledConstraint constraint =
                TokenConstraint.regex("[a-z]+( [a-z]+)*\\.").compile(Answers.VOCABULARY);
        byte[] text = "an answer of some words that says little to anybody.".getBytes(StandardCharsets.UTF_8);
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 100 && least > text.length; round++) {
            Follower follower = constraint.follow();
            long before = allocated();
            for (byte b : text) {
                follower.allowed();
                follower.accept(b);
                assertStays(follower);
            }
            // The measurement itself allocates; so it is taken away.
            long again = allocated();
            long own = allocated() - again;
            least = Math.min(least, again - before - own);
        }
        assertThat(least).as("bytes for %s tokens", text.length).isLessThan(text.length);
    }

    private static void assertStays(Follower follower) {
        if (follower.isStuck() || follower.forced().length > 0) {
            throw new AssertionError("there is always a choice");
        }
    }

    /** By reflection: the module under test does not read the management modules. */
    private static long allocated() throws Exception {
        Object threads = Class.forName("java.lang.management.ManagementFactory")
                .getMethod("getThreadMXBean")
                .invoke(null);
        Method bytes = Class.forName("com.sun.management.ThreadMXBean").getMethod("getCurrentThreadAllocatedBytes");
        return (long) bytes.invoke(threads);
    }
}
