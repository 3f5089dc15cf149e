package bitnet.coreml.ffm;

import bitnet.coreml.artifact.Feature;
import bitnet.coreml.ffm.gen.BitnetCoreMl;
import bitnet.coreml.ffm.gen.bitnet_coreml_array;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The inputs or the outputs of a function: memory for each, and what the library is told of them. */
final class FeatureArrays {
    /** A page of macOS on arm64, so that nothing else shares the pages that an accelerator maps. */
    private static final long ALIGNMENT = 16384;

    private final MemorySegment arrays;
    private final int count;
    private final Map<String, MemorySegment> data = new HashMap<>();

    FeatureArrays(List<Feature> features, Arena arena) {
        count = features.size();
        arrays = bitnet_coreml_array.allocateArray(Math.max(1, count), arena);
        for (int i = 0; i < count; i++) {
            Feature feature = features.get(i);
            MemorySegment memory = arena.allocate(feature.bytes(), ALIGNMENT);
            MemorySegment shape = arena.allocateFrom(
                    ValueLayout.JAVA_LONG,
                    feature.shape().stream().mapToLong(Integer::longValue).toArray());
            MemorySegment array = bitnet_coreml_array.asSlice(arrays, i);
            bitnet_coreml_array.name(array, arena.allocateFrom(feature.name()));
            bitnet_coreml_array.data(array, memory);
            bitnet_coreml_array.shape(array, shape);
            bitnet_coreml_array.rank(array, feature.shape().size());
            bitnet_coreml_array.type(
                    array,
                    switch (feature.type()) {
                        case FLOAT16 -> BitnetCoreMl.BITNET_COREML_F16();
                        case INT32 -> BitnetCoreMl.BITNET_COREML_I32();
                    });
            data.put(feature.name(), memory);
        }
    }

    /** As the library takes them. */
    MemorySegment all() {
        return arrays;
    }

    int count() {
        return count;
    }

    /** @throws IllegalArgumentException if there is none of this name */
    MemorySegment data(String name) {
        MemorySegment memory = data.get(name);
        if (memory == null) {
            throw new IllegalArgumentException("there is no " + name + " among " + data.keySet());
        }
        return memory;
    }
}
