package bitnet.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SplitMix64Test {
    /** The JDK's SplittableRandom is the same algorithm, written by its authors. */
    @Test
    void agreesWithTheAuthorsImplementation() {
        for (long seed : new long[] {0, 1, 42, 1234567, -1, Long.MIN_VALUE}) {
            var reference = new SplittableRandom(seed);
            var random = new SplitMix64(seed);
            for (int i = 0; i < 1000; i++) {
                assertThat(random.next()).isEqualTo(reference.nextLong());
            }
        }
    }

    @Test
    void firstNumberOfSeedZeroIsThePublishedOne() {
        assertThat(new SplitMix64(0).next()).isEqualTo(0xE220A8397B1DCDAFL);
    }

    @Test
    void boundsAreKeptAndEveryNumberIsReached() {
        var random = new SplitMix64(7);
        int[] counts = new int[10];
        for (int i = 0; i < 100_000; i++) {
            counts[(int) random.below(10)]++;
        }
        assertThat(IntStream.of(counts).boxed()).allMatch(count -> count > 9_700 && count < 10_300);
        assertThat(random.below(1)).isZero();
        assertThat(random.below(Long.MAX_VALUE)).isNotNegative();
    }
}
