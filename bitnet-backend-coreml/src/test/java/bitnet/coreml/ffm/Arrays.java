package bitnet.coreml.ffm;

import bitnet.coreml.ffm.gen.BitnetCoreMl;
import bitnet.coreml.ffm.gen.bitnet_coreml_array;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** The arrays that the double hands to an executor. */
public final class Arrays {
    /**
     * One of them.
     *
     * @param data its memory: F16 or int32
     */
    public record One(String name, int[] shape, boolean halves, MemorySegment data) {}

    private final List<One> all = new ArrayList<>();

    Arrays(MemorySegment arrays, int count) {
        MemorySegment structs = arrays.reinterpret(count * bitnet_coreml_array.sizeof());
        for (int i = 0; i < count; i++) {
            MemorySegment array = bitnet_coreml_array.asSlice(structs, i);
            int rank = bitnet_coreml_array.rank(array);
            MemorySegment dimensions = bitnet_coreml_array.shape(array).reinterpret(rank * 8L);
            int[] shape = new int[rank];
            long elements = 1;
            for (int d = 0; d < rank; d++) {
                shape[d] = (int) dimensions.getAtIndex(ValueLayout.JAVA_LONG, d);
                elements *= shape[d];
            }
            boolean halves = bitnet_coreml_array.type(array) == BitnetCoreMl.BITNET_COREML_F16();
            all.add(new One(
                    bitnet_coreml_array.name(array).getString(0),
                    shape,
                    halves,
                    bitnet_coreml_array.data(array).reinterpret(elements * (halves ? 2 : 4))));
        }
    }

    /** In the model's order. */
    public List<One> all() {
        return all;
    }
}
