package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.spi.KvPage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** The tree of pages, over pages of four tokens that know what they hold. */
class PrefixCacheTest {
    private static final int POSITIONS = 4;
    private static final long BYTES = 10;

    private final AtomicInteger held = new AtomicInteger();

    /** Stands for the pages of a text up to its own end. */
    private final class Page implements KvPage {
        final int[] text;
        private final AtomicInteger holders = new AtomicInteger(1);

        Page(int[] text) {
            this.text = text;
            held.incrementAndGet();
        }

        @Override
        public KvPage hold() {
            assertThat(holders.getAndIncrement()).isPositive();
            return this;
        }

        @Override
        public void release() {
            int left = holders.decrementAndGet();
            assertThat(left).isNotNegative();
            if (left == 0) {
                held.decrementAndGet();
            }
        }
    }

    private IntFunction<KvPage> pages(int... text) {
        return index -> new Page(Arrays.copyOf(text, Math.min(text.length, (index + 1) * POSITIONS)));
    }

    private void add(PrefixCache cache, int... text) {
        cache.add(text, text.length, pages(text));
    }

    private int found(PrefixCache cache, int... text) {
        PrefixCache.Prefix prefix = cache.find(text, text.length);
        assertThat(prefix.pages()).hasSize(Math.ceilDiv(prefix.length(), POSITIONS));
        for (int i = 0; i < prefix.pages().size(); i++) {
            int end = Math.min(prefix.length(), (i + 1) * POSITIONS);
            assertThat(Arrays.copyOf(((Page) prefix.pages().get(i)).text, end)).isEqualTo(Arrays.copyOf(text, end));
        }
        prefix.release();
        return prefix.length();
    }

    @Test
    void findsTheLongestBeginning() {
        var cache = new PrefixCache(POSITIONS, BYTES, 1000);
        assertThat(found(cache, 1, 2, 3)).isZero();
        add(cache, 1, 2, 3, 4, 5, 6);
        assertThat(found(cache, 1, 2, 3, 4, 5, 6, 7)).isEqualTo(6);
        assertThat(found(cache, 1, 2, 3, 4, 5, 7)).isEqualTo(5);
        assertThat(found(cache, 1, 2, 9)).isEqualTo(2);
        assertThat(found(cache, 2)).isZero();
        add(cache, 1, 2, 9, 9, 5);
        assertThat(found(cache, 1, 2, 9, 9, 5)).isEqualTo(5);
        assertThat(found(cache, 1, 2, 3, 4, 5)).isEqualTo(5);
        assertThat(cache.bytes()).isEqualTo(4 * BYTES);
        assertThat(held).hasValue(4);
    }

    @Test
    void aLongerTextTakesThePlaceOfItsBeginning() {
        var cache = new PrefixCache(POSITIONS, BYTES, 1000);
        add(cache, 1, 2);
        add(cache, 1, 2, 3, 4, 5);
        assertThat(held).hasValue(2);
        add(cache, 1, 2, 3);
        add(cache, 1, 2, 3, 4, 5);
        assertThat(held).hasValue(2);
        assertThat(found(cache, 1, 2, 3, 4, 5, 6)).isEqualTo(5);
    }

    @Test
    void dropsWhatWasNotUsedForTheLongestTime() {
        var cache = new PrefixCache(POSITIONS, BYTES, 3 * BYTES);
        add(cache, 1, 1, 1, 1, 1);
        add(cache, 2);
        assertThat(found(cache, 1, 1, 1, 1, 1)).isEqualTo(5);
        add(cache, 3);
        assertThat(found(cache, 2)).as("dropped").isZero();
        assertThat(found(cache, 1, 1, 1, 1, 1)).isEqualTo(5);
        add(cache, 4, 4, 4, 4, 4);
        assertThat(found(cache, 3)).as("dropped").isZero();
        assertThat(found(cache, 1, 1, 1, 1, 1)).as("without its end").isEqualTo(4);
        assertThat(cache.dropOldest()).isTrue();
        assertThat(cache.dropOldest()).isTrue();
        assertThat(cache.dropOldest()).isTrue();
        assertThat(cache.dropOldest()).isFalse();
        assertThat(held).hasValue(0);
    }

    @Test
    void aTextLargerThanTheBudgetIsKeptAsFarAsItGoes() {
        var cache = new PrefixCache(POSITIONS, BYTES, 2 * BYTES);
        add(cache, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
        assertThat(found(cache, 1, 2, 3, 4, 5, 6, 7, 8, 9)).isEqualTo(8);
        for (PrefixCache none : List.of(new PrefixCache(POSITIONS, BYTES, BYTES - 1), PrefixCache.NONE)) {
            add(none, 1, 2, 3, 4, 5);
            assertThat(none.find(new int[] {1, 2}, 2).length()).isZero();
            assertThat(none.bytes()).isZero();
        }
        assertThat(held).hasValue(2);
    }

    /** Against a list of all texts, as long as nothing is dropped; with a budget, what is found is true and within it. */
    @Test
    void randomTexts() {
        for (int pages : new int[] {1, 3, 10, 1_000_000}) {
            Random random = new Random(pages);
            var cache = new PrefixCache(POSITIONS, BYTES, pages * BYTES);
            List<int[]> texts = new ArrayList<>();
            for (int round = 0; round < 2000; round++) {
                int[] text = random.ints(random.nextInt(14), 0, 1 + random.nextInt(3))
                        .toArray();
                int expected = texts.stream()
                        .mapToInt(known -> shared(known, text))
                        .max()
                        .orElse(0);
                int found = found(cache, text);
                if (pages == 1_000_000) {
                    assertThat(found).isEqualTo(expected);
                } else {
                    assertThat(found).isLessThanOrEqualTo(expected);
                }
                add(cache, text);
                texts.add(text);
                assertThat(found(cache, text)).isEqualTo(Math.min(text.length, Math.min(pages, 4) * POSITIONS));
                assertThat(cache.bytes()).isEqualTo(held.get() * BYTES).isLessThanOrEqualTo(pages * BYTES);
            }
            while (cache.dropOldest()) {
                assertThat(cache.bytes()).isEqualTo(held.get() * BYTES);
            }
            assertThat(held).hasValue(0);
        }
    }

    private static int shared(int[] a, int[] b) {
        int mismatch = Arrays.mismatch(a, b);
        return mismatch < 0 ? a.length : mismatch;
    }

    @Test
    void manyThreadsLeaveNothing() throws Exception {
        var cache = new PrefixCache(POSITIONS, BYTES, 7 * BYTES);
        try (var threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> results = new ArrayList<>();
            for (int seed = 0; seed < 4; seed++) {
                Random random = new Random(seed);
                results.add(threads.submit(() -> {
                    for (int round = 0; round < 3000; round++) {
                        int[] text = random.ints(random.nextInt(14), 0, 2).toArray();
                        found(cache, text);
                        add(cache, text);
                        if (random.nextInt(10) == 0) {
                            cache.dropOldest();
                        }
                    }
                }));
            }
            for (Future<?> result : results) {
                result.get();
            }
        }
        assertThat(cache.bytes()).isLessThanOrEqualTo(7 * BYTES);
        while (cache.dropOldest()) {}
        assertThat(held).hasValue(0);
    }
}
