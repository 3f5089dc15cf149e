package bitnet.constraint;

import bitnet.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Compiles constraints for one vocabulary, and keeps those that were used last. Thread-safe. */
public final class ConstraintCompiler {
    private static final int KEPT = 16;

    private final Tokenizer tokenizer;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<TokenConstraint, CompiledConstraint> compiled = new LinkedHashMap<>(KEPT, 0.75f, true);
    private @Nullable TokenTrie vocabulary;

    /** @param tokenizer whose tokens answers are made of */
    public ConstraintCompiler(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** The constraint for this vocabulary. */
    public CompiledConstraint compile(TokenConstraint constraint) {
        lock.lock();
        try {
            CompiledConstraint known = compiled.get(constraint);
            if (known == null) {
                TokenTrie trie = vocabulary;
                if (trie == null) {
                    trie = CompiledConstraint.vocabulary(tokenizer);
                    vocabulary = trie;
                }
                known = constraint.compile(trie);
                compiled.put(constraint, known);
                if (compiled.size() > KEPT) {
                    compiled.remove(compiled.keySet().iterator().next());
                }
            }
            return known;
        } finally {
            lock.unlock();
        }
    }
}
