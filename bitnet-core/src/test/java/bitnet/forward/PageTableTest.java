package bitnet.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.spi.KvMemory;
import bitnet.spi.KvPage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Pages that are shared and copied, over memory that knows what is in use. */
class PageTableTest {
    /** Pages of four positions, a number in each. */
    private static final class Numbers implements KvMemory {
        private static final int POSITIONS = 4;
        final Set<Page> live = new HashSet<>();
        int room = Integer.MAX_VALUE;
        int copies;

        private static final class Four implements Page {
            final int[] numbers = new int[POSITIONS];
        }

        private static final class Table implements Cache {
            final List<Four> pages = new ArrayList<>();

            @Override
            public void put(int from, List<? extends Page> more) {
                for (int i = 0; i < more.size(); i++) {
                    if (from + i == pages.size()) {
                        pages.add((Four) more.get(i));
                    } else {
                        pages.set(from + i, (Four) more.get(i));
                    }
                }
            }

            @Override
            public void close() {}
        }

        @Override
        public int pagePositions() {
            return POSITIONS;
        }

        @Override
        public long pageBytes() {
            return 100;
        }

        @Override
        public Page page() {
            if (live.size() == room) {
                throw new OutOfMemoryError("no room");
            }
            var page = new Four();
            Arrays.fill(page.numbers, -1);
            live.add(page);
            return page;
        }

        @Override
        public void copy(Page from, Page to) {
            System.arraycopy(((Four) from).numbers, 0, ((Four) to).numbers, 0, POSITIONS);
            copies++;
        }

        @Override
        public void free(Page page) {
            assertThat(live.remove(page)).as("a page in use").isTrue();
        }

        @Override
        public Cache cache() {
            return new Table();
        }
    }

    private final Numbers memory = new Numbers();
    private final PagePool pool = new PagePool(memory, () -> {});

    private static void write(PageTable table, int from, int... numbers) {
        table.reserve(from, from + numbers.length);
        for (int i = 0; i < numbers.length; i++) {
            int position = from + i;
            ((Numbers.Table) table.cache()).pages.get(position / 4).numbers[position % 4] = numbers[i];
        }
    }

    private static int[] read(PageTable table, int length) {
        int[] numbers = new int[length];
        Arrays.setAll(numbers, i -> ((Numbers.Table) table.cache()).pages.get(i / 4).numbers[i % 4]);
        return numbers;
    }

    @Test
    void sharesFullPagesAndCopiesTheLast() {
        PageTable one = new PageTable(pool);
        write(one, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        PageTable two = one.beside();
        two.share(one, 10);
        assertThat(memory.copies).isEqualTo(1);
        assertThat(pool.bytes()).isEqualTo(400);
        write(one, 10, 11);
        write(two, 10, 12, 13);
        assertThat(memory.copies).isEqualTo(1);
        assertThat(read(one, 11)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        assertThat(read(two, 12)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13);
        one.close();
        assertThat(pool.bytes()).isEqualTo(300);
        assertThat(read(two, 9)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
        two.close();
        assertThat(memory.live).isEmpty();
    }

    @Test
    void copiesASharedPageBeforeItIsWritten() {
        PageTable one = new PageTable(pool);
        write(one, 0, 1, 2, 3, 4, 5, 6, 7, 8);
        PageTable two = one.beside();
        two.share(one, 8);
        assertThat(memory.copies).isZero();
        one.truncate(2);
        write(one, 2, 30);
        assertThat(read(one, 3)).containsExactly(1, 2, 30);
        assertThat(read(two, 8)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(memory.copies).isEqualTo(1);
        KvPage held = two.page(1);
        write(two, 5, 60);
        assertThat(memory.copies).isEqualTo(2);
        one.close();
        two.close();
        assertThat(memory.live).hasSize(1);
        held.release();
        pool.sweep();
        assertThat(memory.live).isEmpty();
        assertThatIllegalStateException().isThrownBy(held::hold);
    }

    @Test
    void pagesOfOthersAreRefused() {
        PageTable one = new PageTable(pool);
        write(one, 0, 1, 2);
        PageTable other = new PageTable(memory);
        assertThatIllegalArgumentException().isThrownBy(() -> other.share(one, 2));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> one.beside().share(one, 5))
                .withMessage("1 pages for 5 positions");
    }

    /** Where the limit is reached, or memory runs out, those who hold pages for later are asked first. */
    @Test
    void asksForPagesWhereThereAreNone() {
        PageTable old = new PageTable(pool);
        write(old, 0, 1, 2, 3, 4, 5);
        List<KvPage> kept = new ArrayList<>(List.of(old.page(0), old.page(1)));
        old.close();
        AtomicInteger asked = new AtomicInteger();
        pool.limit(300, () -> {
            asked.incrementAndGet();
            if (kept.isEmpty()) {
                return false;
            }
            kept.removeLast().release();
            return true;
        });
        PageTable one = new PageTable(pool);
        write(one, 0, 1);
        assertThat(asked).hasValue(0);
        write(one, 1, 2, 3, 4, 5);
        assertThat(asked).hasValue(1);
        memory.room = 2;
        write(one, 5, 6, 7);
        assertThatThrownBy(() -> write(one, 7, 8, 9)).isInstanceOf(OutOfMemoryError.class);
        assertThat(kept).isEmpty();
        assertThat(read(one, 8)).as("what was there").containsExactly(1, 2, 3, 4, 5, 6, 7, -1);
        one.close();
        assertThat(memory.live).isEmpty();
    }

    /** Against arrays that are copied whole. */
    @Test
    void randomTablesHoldWhatWasWritten() {
        Random random = new Random(5);
        List<PageTable> tables = new ArrayList<>();
        List<int[]> expected = new ArrayList<>();
        List<KvPage> held = new ArrayList<>();
        for (int round = 0; round < 5000; round++) {
            int at = tables.isEmpty() ? 0 : random.nextInt(tables.size());
            switch (tables.isEmpty() ? 0 : random.nextInt(6)) {
                case 0 -> {
                    tables.add(new PageTable(pool));
                    expected.add(new int[0]);
                }
                case 1 -> {
                    int length = random.nextInt(expected.get(at).length + 1);
                    PageTable fork = tables.get(at).beside();
                    fork.share(tables.get(at), length);
                    tables.add(fork);
                    expected.add(Arrays.copyOf(expected.get(at), length));
                }
                case 2 -> {
                    int length = random.nextInt(expected.get(at).length + 1);
                    tables.get(at).truncate(length);
                    expected.set(at, Arrays.copyOf(expected.get(at), length));
                }
                case 3 -> {
                    int[] numbers = random.ints(random.nextInt(9), 0, 1000).toArray();
                    int length = expected.get(at).length;
                    write(tables.get(at), length, numbers);
                    int[] longer = Arrays.copyOf(expected.get(at), length + numbers.length);
                    System.arraycopy(numbers, 0, longer, length, numbers.length);
                    expected.set(at, longer);
                }
                case 4 -> {
                    if (expected.get(at).length > 0) {
                        held.add(tables.get(at).page(random.nextInt(Math.ceilDiv(expected.get(at).length, 4))));
                    }
                    if (held.size() > 5) {
                        held.remove(random.nextInt(held.size())).release();
                    }
                }
                default -> {
                    if (tables.size() > 6) {
                        tables.remove(at).close();
                        expected.remove(at);
                    }
                }
            }
            for (int i = 0; i < tables.size(); i++) {
                assertThat(read(tables.get(i), expected.get(i).length)).isEqualTo(expected.get(i));
            }
        }
        assertThat(memory.copies).isGreaterThan(100);
        tables.forEach(PageTable::close);
        held.forEach(KvPage::release);
        pool.sweep();
        assertThat(memory.live).isEmpty();
        assertThat(pool.bytes()).isZero();
    }
}
