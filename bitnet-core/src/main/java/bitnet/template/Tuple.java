package bitnet.template;

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/** A list that was written with commas, or in parentheses: another type than a list when it is printed, compared or formatted. */
final class Tuple extends AbstractList<Object> implements RandomAccess {
    private final List<?> elements;

    Tuple(List<?> elements) {
        this.elements = elements;
    }

    @Override
    public Object get(int index) {
        return elements.get(index);
    }

    @Override
    public int size() {
        return elements.size();
    }
}
