package bitnet.safetensors;

import bitnet.ModelFormatException;
import bitnet.json.JsonReader;
import bitnet.tensor.StoredBytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON header of a safetensors file.
 *
 * @param tensors by name, in the order of their bytes
 * @param metadata what the file says about itself
 */
record SafetensorsHeader(Map<String, StoredTensor> tensors, Map<String, String> metadata) {
    /** A 2B-4T checkpoint has 542 tensors. */
    static final int MAX_TENSORS = 100_000;

    private static final int MAX_DIMENSIONS = 16;

    private record Entry(String name, Dtype dtype, List<Long> shape, long begin, long end) {}

    /** Reads the header; {@code data} is what follows it in the file. */
    static SafetensorsHeader parse(String source, byte[] json, StoredBytes data) {
        List<Entry> entries = new ArrayList<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        try (JsonReader in = JsonReader.of(source, json)) {
            in.beginObject();
            for (String name = in.nextField(); name != null; name = in.nextField()) {
                if (name.equals("__metadata__")) {
                    in.beginObject();
                    for (String key = in.nextField(); key != null; key = in.nextField()) {
                        metadata.put(key, in.string());
                    }
                } else if (entries.size() == MAX_TENSORS) {
                    throw in.error("more than " + MAX_TENSORS + " tensors");
                } else {
                    entries.add(entry(in, name));
                }
            }
            in.end();
        }
        return new SafetensorsHeader(layOut(source, entries, data), metadata);
    }

    private static Entry entry(JsonReader in, String name) {
        Dtype dtype = null;
        List<Long> shape = null;
        long[] offsets = null;
        in.beginObject();
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            switch (field) {
                case "dtype" -> dtype = dtype(in);
                case "shape" -> shape = shape(in);
                case "data_offsets" -> offsets = offsets(in);
                default -> throw in.error("unknown field, expected dtype, shape and data_offsets");
            }
        }
        if (dtype == null || shape == null || offsets == null) {
            throw in.error("expected dtype, shape and data_offsets");
        }
        long expected = bytes(dtype, shape);
        if (expected < 0 || expected != offsets[1] - offsets[0]) {
            throw in.error(dtype + " " + shape + " takes " + (expected < 0 ? "no whole number of" : expected)
                    + " bytes, but data_offsets " + Arrays.toString(offsets) + " hold " + (offsets[1] - offsets[0]));
        }
        return new Entry(name, dtype, shape, offsets[0], offsets[1]);
    }

    private static Dtype dtype(JsonReader in) {
        String name = in.string();
        for (Dtype dtype : Dtype.values()) {
            if (dtype.name().equals(name)) {
                return dtype;
            }
        }
        throw in.error("unknown dtype \"" + name + "\"");
    }

    private static List<Long> shape(JsonReader in) {
        List<Long> shape = new ArrayList<>();
        in.beginArray();
        while (in.nextElement()) {
            if (shape.size() == MAX_DIMENSIONS) {
                throw in.error("more than " + MAX_DIMENSIONS + " dimensions");
            }
            shape.add(in.integer(0, Long.MAX_VALUE));
        }
        return shape;
    }

    private static long[] offsets(JsonReader in) {
        long[] offsets = new long[2];
        int count = 0;
        in.beginArray();
        while (in.nextElement()) {
            if (count == 2) {
                throw in.error("a third number, expected begin and end");
            }
            offsets[count++] = in.integer(0, Long.MAX_VALUE);
        }
        if (count < 2 || offsets[0] > offsets[1]) {
            throw in.error("expected begin and end");
        }
        return offsets;
    }

    /** Bytes of a tensor; -1 if there is no such number. */
    private static long bytes(Dtype dtype, List<Long> shape) {
        try {
            long bits = dtype.bits();
            for (long dimension : shape) {
                bits = Math.multiplyExact(bits, dimension);
            }
            return bits % 8 == 0 ? bits / 8 : -1;
        } catch (ArithmeticException e) {
            return -1;
        }
    }

    private static Map<String, StoredTensor> layOut(String source, List<Entry> entries, StoredBytes data) {
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        long end = 0;
        @Nullable String previous = null;
        for (Entry e : entries) {
            if (e.begin() != end) {
                throw new ModelFormatException(
                        source,
                        e.name(),
                        "begins at " + e.begin() + (e.begin() < end ? ", inside of " : ", behind a hole after ")
                                + (previous == null ? "the header" : previous) + ", which ends at " + end);
            }
            if (e.end() > data.byteSize()) {
                throw new ModelFormatException(
                        source,
                        e.name(),
                        "ends at " + e.end() + ", but the file has " + data.byteSize() + " bytes of data");
            }
            StoredBytes bytes = data.slice(e.begin(), e.end() - e.begin());
            tensors.put(e.name(), new StoredTensor(source, e.name(), e.dtype(), e.shape(), bytes));
            end = e.end();
            previous = e.name();
        }
        if (end != data.byteSize()) {
            throw new ModelFormatException(
                    source,
                    "end of the tensors",
                    "at " + end + ", but the file has " + data.byteSize() + " bytes of data");
        }
        return tensors;
    }
}
