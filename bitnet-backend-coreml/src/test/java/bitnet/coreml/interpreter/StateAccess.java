package bitnet.coreml.interpreter;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Where a state need not be copied: a read whose value is not used after the next write may be the state itself, and an
 * update of such a read that is written back at once, and used for nothing else, may be made in place.
 */
final class StateAccess {
    private final Set<Instruction> aliases = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Instruction> inPlace = Collections.newSetFromMap(new IdentityHashMap<>());

    StateAccess(Code code) {
        List<Instruction> all = code.instructions();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).type().equals("read_state")) {
                analyse(all, i);
            }
        }
    }

    private void analyse(List<Instruction> all, int read) {
        String value = all.get(read).output().name();
        int write = nextWrite(all, read);
        if (uses(all, value, write, all.size()) > 0) {
            return;
        }
        aliases.add(all.get(read));
        Instruction update = all.get(write - 1);
        if (write < all.size()
                && update.type().equals("slice_update")
                && update.nameOf("x").equals(value)
                && all.get(write).nameOf("data").equals(update.output().name())
                && uses(all, update.output().name(), 0, all.size()) == 1) {
            inPlace.add(update);
        }
    }

    private static int nextWrite(List<Instruction> all, int read) {
        String state = all.get(read).nameOf("input");
        for (int i = read + 1; i < all.size(); i++) {
            if (all.get(i).type().equals("write_state")
                    && all.get(i).nameOf("input").equals(state)) {
                return i;
            }
        }
        return all.size();
    }

    private static long uses(List<Instruction> all, String value, int from, int to) {
        return all.subList(from, to).stream()
                .flatMap(one -> one.reads().stream())
                .filter(value::equals)
                .count();
    }

    boolean mayAlias(Instruction read) {
        return aliases.contains(read);
    }

    boolean inPlace(Instruction update) {
        return inPlace.contains(update);
    }
}
