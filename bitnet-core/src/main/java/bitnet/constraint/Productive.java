package bitnet.constraint;

import java.util.BitSet;

/** Which nodes of an automaton lead to the end of their rule: what does not is never begun, so that no answer comes to a dead end. */
final class Productive {
    private Productive() {}

    static BitSet nodes(Automaton automaton) {
        var productive = new BitSet(automaton.size());
        int before = -1;
        // nodes are mostly made after those they go on to, so a few rounds are enough
        while (before != productive.cardinality()) {
            before = productive.cardinality();
            for (int node = 1; node < automaton.size(); node++) {
                if (leads(automaton, node, productive)) {
                    productive.set(node);
                }
            }
        }
        return productive;
    }

    private static boolean leads(Automaton automaton, int node, BitSet productive) {
        return switch (automaton.kind(node)) {
            case END -> true;
            case BYTES -> productive.get(automaton.next(node));
            case BRANCH -> productive.get(automaton.next(node)) || productive.get(automaton.other(node));
            case CALL -> productive.get(automaton.next(node)) && productive.get(automaton.other(node));
        };
    }
}
