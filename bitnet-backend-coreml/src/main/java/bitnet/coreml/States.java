package bitnet.coreml;

import bitnet.BackendFailureException;
import bitnet.coreml.ffm.LoadedFunction;
import bitnet.spi.KvMemory;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Keys and values in Core ML's states: a page is a whole sequence. */
final class States implements KvMemory, AutoCloseable {
    private final List<LoadedFunction> functions;
    private final Set<StatePage> pages = new HashSet<>();

    /** @param functions one of each package of blocks */
    States(List<LoadedFunction> functions) {
        this.functions = functions;
    }

    /** The state of one sequence. */
    static final class Table implements KvMemory.Cache {
        private @Nullable StatePage page;

        StatePage page() {
            return Objects.requireNonNull(page);
        }

        @Override
        public void put(int from, List<? extends Page> pages) {
            page = (StatePage) pages.getLast();
        }

        @Override
        public void close() {
            page = null;
        }
    }

    @Override
    public int pagePositions() {
        return Integer.MAX_VALUE;
    }

    /** Core ML does not say. */
    @Override
    public long pageBytes() {
        return 0;
    }

    /** @throws BackendFailureException if Core ML cannot make a state */
    @Override
    public Page page() {
        try {
            StatePage page = new StatePage(functions);
            pages.add(page);
            return page;
        } catch (CoreMlException e) {
            throw new BackendFailureException("Core ML failed: " + e.getMessage(), e);
        }
    }

    /** @throws UnsupportedOperationException if Core ML cannot copy; the sequence can still be computed again */
    @Override
    public void copy(Page from, Page to) {
        try {
            ((StatePage) to).copyFrom((StatePage) from);
        } catch (CoreMlException e) {
            throw new UnsupportedOperationException("Core ML does not copy this state: " + e.getMessage(), e);
        }
    }

    @Override
    public void free(Page page) {
        StatePage mine = (StatePage) page;
        if (pages.remove(mine)) {
            mine.close();
        }
    }

    @Override
    public Cache cache() {
        return new Table();
    }

    @Override
    public void close() {
        pages.forEach(StatePage::close);
        pages.clear();
    }
}
