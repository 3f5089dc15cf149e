package bitnet.constraint;

import bitnet.InvalidConstraintException;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;

/** Finds rules that may call themselves before they have read a byte, which would never end. */
final class LeftRecursion {
    private final Automaton automaton;
    private final Map<String, Integer> starts;
    private final Map<Integer, Boolean> nullable = new HashMap<>();

    LeftRecursion(Automaton automaton, Map<String, Integer> starts) {
        this.automaton = automaton;
        this.starts = starts;
    }

    /** @throws InvalidConstraintException that names the rules of a circle */
    void check() {
        starts.values().forEach(start -> nullable.put(start, false));
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int start : starts.values()) {
                if (!isNullable(start) && reachesEnd(start)) {
                    nullable.put(start, true);
                    changed = true;
                }
            }
        }
        Map<String, Boolean> done = new HashMap<>();
        for (String rule : starts.keySet()) {
            visit(rule, new LinkedHashSet<>(), done);
        }
    }

    private void visit(String rule, Set<String> path, Map<String, Boolean> done) {
        if (done.containsKey(rule)) {
            return;
        }
        if (!path.add(rule)) {
            throw new InvalidConstraintException("a rule calls itself before it has read anything: " + path);
        }
        Set<Integer> called = new LinkedHashSet<>();
        walk(starts.getOrDefault(rule, 0), called::add);
        for (Map.Entry<String, Integer> other : starts.entrySet()) {
            if (called.contains(other.getValue())) {
                visit(other.getKey(), path, done);
            }
        }
        path.remove(rule);
        done.put(rule, true);
    }

    private boolean isNullable(int start) {
        return nullable.getOrDefault(start, false);
    }

    private boolean reachesEnd(int start) {
        return walk(start, _ -> {});
    }

    /** Goes from a rule's start as far as no byte is read; tells the starts of the rules called, and whether the end is reached. */
    private boolean walk(int start, IntConsumer called) {
        var seen = new BitSet(automaton.size());
        var pending = new ArrayDeque<Integer>();
        pending.push(start);
        boolean end = false;
        while (!pending.isEmpty()) {
            int node = pending.pop();
            if (node == 0 || seen.get(node)) {
                continue;
            }
            seen.set(node);
            switch (automaton.kind(node)) {
                case BYTES -> {}
                case END -> end = true;
                case BRANCH -> {
                    pending.push(automaton.next(node));
                    pending.push(automaton.other(node));
                }
                case CALL -> {
                    called.accept(automaton.other(node));
                    if (isNullable(automaton.other(node))) {
                        pending.push(automaton.next(node));
                    }
                }
            }
        }
        return end;
    }
}
