package bitnet.engine;

import bitnet.Scheduling;
import bitnet.spi.CompiledModel;
import bitnet.spi.KvPage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of texts that were computed on a placement, for new texts that begin like them: a tree whose nodes are
 * pages, found by their tokens. Sequences and the tree hold the same pages. What was not used for the longest time is dropped
 * once the pages take more than a budget. Thread-safe; nothing here waits for a computation.
 */
final class PrefixCache {
    /** Keeps nothing, for backends whose sequences share no pages. */
    static final PrefixCache NONE = new PrefixCache(1, 0, 0);

    private final int pagePositions;
    private final long pageBytes;
    private final long budget;
    private final ReentrantLock lock = new ReentrantLock();
    private final Node root = new Node(null, new int[0], new NoPage());
    // A node is used after its children each time, so the one that was not used for the longest time has none.
    private final LinkedHashSet<Node> byUse = new LinkedHashSet<>();

    private static final class Node {
        final Node parent;
        final List<Node> children = new ArrayList<>();
        int[] tokens;
        KvPage page;

        /** Without a parent, the root. */
        Node(@Nullable Node parent, int[] tokens, KvPage page) {
            this.parent = parent == null ? this : parent;
            this.tokens = tokens;
            this.page = page;
        }
    }

    /** The root's. */
    private record NoPage() implements KvPage {
        @Override
        public KvPage hold() {
            return this;
        }

        @Override
        public void release() {}
    }

    /**
     * The beginning of a text that was found.
     *
     * @param pages held for the caller, who releases them
     * @param length how many tokens it has
     */
    record Prefix(List<KvPage> pages, int length) {
        static final Prefix NONE = new Prefix(List.of(), 0);

        void release() {
            pages.forEach(KvPage::release);
        }
    }

    /**
     * @param pagePositions tokens of a page
     * @param pageBytes bytes of a page
     * @param budget bytes that all pages may take
     */
    PrefixCache(int pagePositions, long pageBytes, long budget) {
        this.pagePositions = pagePositions;
        this.pageBytes = pageBytes;
        this.budget = budget;
    }

    /** For a model's texts, whose budget it sets. Where that or the memory does not suffice, what is kept here is given up. */
    static PrefixCache of(CompiledModel model, Scheduling scheduling) {
        boolean shares = model.pagePositions() > 0;
        PrefixCache made =
                shares ? new PrefixCache(model.pagePositions(), model.pageBytes(), scheduling.promptCache()) : NONE;
        model.limitKv(scheduling.kvBudget() == 0 ? Long.MAX_VALUE : scheduling.kvBudget(), made::dropOldest);
        return made;
    }

    /** Bytes of the pages that are kept. */
    long bytes() {
        lock.lock();
        try {
            return byUse.size() * pageBytes;
        } finally {
            lock.unlock();
        }
    }

    /** The longest known beginning of the first {@code length} tokens. */
    Prefix find(int[] tokens, int length) {
        lock.lock();
        try {
            List<KvPage> pages = new ArrayList<>();
            Node node = root;
            int found = 0;
            while (found < length) {
                @Nullable Node best = null;
                int most = 0;
                for (Node child : node.children) {
                    int shared = shared(child.tokens, tokens, found, length);
                    if (shared > most) {
                        most = shared;
                        best = child;
                    }
                }
                if (best == null) {
                    break;
                }
                pages.add(best.page.hold());
                node = best;
                found += most;
                if (most < pagePositions) {
                    break;
                }
            }
            use(node);
            return new Prefix(pages, found);
        } finally {
            lock.unlock();
        }
    }

    /** How many tokens of a page a text has from {@code from} on. */
    private static int shared(int[] page, int[] tokens, int from, int to) {
        int end = Math.min(to, from + page.length);
        int mismatch = Arrays.mismatch(page, 0, page.length, tokens, from, end);
        return mismatch < 0 ? page.length : mismatch;
    }

    /**
     * Keeps the pages of a text.
     *
     * @param tokens an array that begins with the text's tokens
     * @param length how many those are
     * @param page holds the page of an index and gives it
     */
    void add(int[] tokens, int length, IntFunction<KvPage> page) {
        lock.lock();
        try {
            if (budget == 0 || pageBytes > budget) {
                return;
            }
            Node node = root;
            for (int from = 0; from < length; from += pagePositions) {
                int[] own = Arrays.copyOfRange(tokens, from, Math.min(length, from + pagePositions));
                int index = from / pagePositions;
                node = child(node, own, () -> page.apply(index));
            }
            use(node);
            while (byUse.size() * pageBytes > budget) {
                drop();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The child with these tokens, or more; one with fewer gets all of them. */
    private Node child(Node parent, int[] tokens, Supplier<KvPage> page) {
        for (Node child : parent.children) {
            int shared = shared(child.tokens, tokens, 0, tokens.length);
            if (shared == tokens.length) {
                return child;
            }
            if (shared == child.tokens.length) {
                KvPage shorter = child.page;
                child.page = page.get();
                child.tokens = tokens;
                shorter.release();
                return child;
            }
        }
        Node made = new Node(parent, tokens, page.get());
        parent.children.add(made);
        return made;
    }

    /** Now this node is the one used last, but for those before it. */
    private void use(Node last) {
        for (Node node = last; node != root; node = node.parent) {
            byUse.remove(node);
            byUse.add(node);
        }
    }

    /** Drops what was not used for the longest time; whether there was anything. */
    boolean dropOldest() {
        lock.lock();
        try {
            if (byUse.isEmpty()) {
                return false;
            }
            drop();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void drop() {
        Node oldest = byUse.removeFirst();
        oldest.parent.children.remove(oldest);
        oldest.page.release();
    }
}
