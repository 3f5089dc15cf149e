package bitnet.forward;

import bitnet.spi.KvMemory;
import bitnet.spi.KvPage;
import java.util.concurrent.atomic.AtomicInteger;

/** A page and how many hold it. */
final class SharedPage implements KvPage {
    private final PagePool pool;
    private final KvMemory.Page page;
    private final AtomicInteger holders = new AtomicInteger(1);

    SharedPage(PagePool pool, KvMemory.Page page) {
        this.pool = pool;
        this.page = page;
    }

    PagePool pool() {
        return pool;
    }

    KvMemory.Page page() {
        return page;
    }

    /** Whether someone else holds it, so that it must not change. */
    boolean isShared() {
        return holders.get() > 1;
    }

    @Override
    public SharedPage hold() {
        if (holders.getAndIncrement() < 1) {
            throw new IllegalStateException("nobody held this page");
        }
        return this;
    }

    @Override
    public void release() {
        int left = holders.decrementAndGet();
        if (left < 0) {
            throw new IllegalStateException("this page was released more often than held");
        }
        if (left == 0) {
            pool.released(page);
        }
    }
}
