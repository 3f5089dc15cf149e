package bitnet.forward;

import bitnet.spi.Batch;
import bitnet.spi.KvPage;
import bitnet.spi.Sequence;

/** A sequence of a {@link KernelModel}: its pages and how much of them is valid. */
final class KernelSequence implements Sequence {
    private final KernelModel model;
    private final PageTable pages;
    private int length;

    KernelSequence(KernelModel model, PageTable pages) {
        this.model = model;
        this.pages = pages;
    }

    PageTable pages() {
        return pages;
    }

    @Override
    public int length() {
        return length;
    }

    void length(int length) {
        this.length = length;
    }

    /** The position that entry {@code i} of a batch must have: the one after this sequence's last entry before it. */
    int expected(Batch batch, int i) {
        for (int before = i - 1; before >= 0; before--) {
            if (batch.sequence(before) == this) {
                return batch.position(before) + 1;
            }
        }
        return length;
    }

    @Override
    public int capacity() {
        return model.capacity();
    }

    @Override
    public void truncate(int length) {
        if (length < 0 || length > this.length) {
            throw new IllegalArgumentException("cannot truncate " + this.length + " tokens to " + length);
        }
        if (length < this.length) {
            this.length = pages.rewind(length);
        }
    }

    @Override
    public KvPage page(int index) {
        return pages.page(index);
    }

    @Override
    public Sequence fork() {
        return model.fork(this);
    }

    @Override
    public void close() {
        model.release(this);
    }
}
