package bitnet.gguf;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.tensor.StoredBytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything before the tensors' data, checked.
 *
 * @param version 2 or 3
 * @param metadata values by key
 * @param tensors by name, in the file's order
 */
record GgufHeader(int version, GgufMetadata metadata, Map<String, GgufTensor> tensors) {
    private static final int MAGIC = 'G' | 'G' << 8 | 'U' << 16 | 'F' << 24;
    private static final int MAXIMUM_DIMENSIONS = 4;
    /** Bytes; ggml itself has room for 64. */
    private static final int MAXIMUM_NAME = 1024;
    /** As the format's description has it. */
    private static final int MAXIMUM_KEY = 65535;
    /** Models have some dozens. */
    private static final int MAXIMUM_ENTRIES = 1 << 16;
    /** Models have some hundreds, or thousands if they have experts. */
    private static final int MAXIMUM_TENSORS = 100_000;
    /** An empty key, its value's type and a value of one byte. */
    private static final int MINIMUM_ENTRY_BYTES = 8 + 4 + 1;
    /** An empty name, no dimensions, type and offset. */
    private static final int MINIMUM_TENSOR_BYTES = 8 + 4 + 4 + 8;

    static GgufHeader read(String source, StoredBytes data) {
        GgufCursor cursor = new GgufCursor(source, new FilePrefix(data), 0);
        if (data.byteSize() == 0) {
            throw cursor.broken(0, "the file is empty");
        }
        int magic = cursor.int32("magic");
        if (magic != MAGIC) {
            throw cursor.broken(0, String.format("begins with %08x, not with \"GGUF\"", Integer.reverseBytes(magic)));
        }
        int version = version(cursor);
        long tensorCount = count(cursor, "tensors", MINIMUM_TENSOR_BYTES, MAXIMUM_TENSORS);
        long entryCount = count(cursor, "metadata entries", MINIMUM_ENTRY_BYTES, MAXIMUM_ENTRIES);
        GgufMetadata metadata = metadata(cursor, entryCount);
        long alignment = alignment(metadata);
        List<GgufTensor> table = new ArrayList<>();
        for (long i = 0; i < tensorCount; i++) {
            table.add(tensor(cursor));
        }
        long base = Math.ceilDiv(cursor.at(), alignment) * alignment;
        Map<String, GgufTensor> tensors = new LinkedHashMap<>();
        for (GgufTensor relative : TwoBitGroups.resolve(table, alignment, data.byteSize() - base)) {
            GgufTensor tensor = place(relative, base, alignment, cursor.source(), data.byteSize());
            if (tensors.put(tensor.name(), tensor) != null) {
                throw new ModelFormatException(source, tensor.name(), "two tensors have this name");
            }
        }
        refuseOverlaps(source, tensors);
        return new GgufHeader(version, metadata, tensors);
    }

    private static long count(GgufCursor cursor, String what, int minimumBytes, int maximum) {
        long start = cursor.at();
        long count = cursor.count("number of " + what, minimumBytes);
        if (count > maximum) {
            throw cursor.broken(start, count + " " + what + ", expected at most " + maximum);
        }
        return count;
    }

    private static int version(GgufCursor cursor) {
        int version = cursor.int32("version");
        if (version == 2 || version == 3) {
            return version;
        }
        int swapped = Integer.reverseBytes(version);
        if (swapped > 0 && swapped < 0x10000) {
            throw new ModelUnsupportedException(
                    cursor.source(),
                    "GGUF version " + swapped + " in big-endian byte order; convert it on the machine that wrote it to"
                            + " little-endian (gguf-py has gguf_convert_endian.py)");
        }
        throw new ModelUnsupportedException(
                cursor.source(),
                "GGUF version " + Integer.toUnsignedString(version)
                        + "; versions 2 and 3 are read: convert the model again");
    }

    private static GgufMetadata metadata(GgufCursor cursor, long count) {
        Map<String, GgufValue> values = new LinkedHashMap<>();
        for (long i = 0; i < count; i++) {
            long start = cursor.at();
            String key = cursor.string("metadata key " + i, MAXIMUM_KEY);
            if (key.isEmpty()) {
                throw cursor.broken(start, "a metadata key of 0 characters");
            }
            if (values.put(key, cursor.value(key, cursor.type(key))) != null) {
                throw cursor.broken(start, "the metadata key " + key + " occurs twice");
            }
        }
        return new GgufMetadata(cursor.source(), values);
    }

    private static long alignment(GgufMetadata metadata) {
        String key = "general.alignment";
        int alignment = metadata.integer(key, 1, 1 << 20).orElse(32);
        if (Integer.bitCount(alignment) != 1) {
            throw metadata.problem(key, alignment + " is not a power of two");
        }
        return alignment;
    }

    /** An entry of the table, its offset still relative to the data and its size not yet computed. */
    private static GgufTensor tensor(GgufCursor cursor) {
        long start = cursor.at();
        String name = cursor.string("a tensor's name", MAXIMUM_NAME);
        if (name.isEmpty()) {
            throw cursor.broken(start, "a tensor's name of 0 characters");
        }
        int count = cursor.int32(name);
        if (count < 0 || count > MAXIMUM_DIMENSIONS) {
            throw cursor.broken(start, name + ": " + Integer.toUnsignedString(count) + " dimensions");
        }
        List<Long> dimensions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            dimensions.add(cursor.int64(name));
        }
        int type = cursor.int32(name);
        return new GgufTensor(name, dimensions, type, cursor.int64(name), -1);
    }

    private static GgufTensor place(GgufTensor tensor, long base, long alignment, String source, long fileSize) {
        String name = tensor.name();
        if (tensor.offset() < 0 || tensor.offset() % alignment != 0) {
            throw new ModelFormatException(
                    source,
                    name,
                    "offset " + Long.toUnsignedString(tensor.offset()) + " is not a multiple of the alignment "
                            + alignment);
        }
        for (long dimension : tensor.dimensions()) {
            if (dimension < 1) {
                throw new ModelFormatException(source, name, "a dimension of " + Long.toUnsignedString(dimension));
            }
        }
        long bytes = bytes(tensor, source);
        long available = fileSize - base;
        if (tensor.offset() > available || bytes > available - tensor.offset()) {
            throw new ModelFormatException(
                    source,
                    name,
                    "ends " + (bytes < 0 ? "" : "with its " + bytes + " bytes ")
                            + "beyond the file: it begins at offset " + tensor.offset() + " of the data, which has "
                            + Math.max(0, available) + " bytes");
        }
        return new GgufTensor(name, tensor.dimensions(), tensor.typeId(), base + tensor.offset(), bytes);
    }

    private static long bytes(GgufTensor tensor, String source) {
        try {
            long elements = tensor.elements();
            GgufTensorType type = tensor.type().orElse(null);
            if (type == null) {
                return -1;
            }
            long columns =
                    tensor.dimensions().isEmpty() ? 1 : tensor.dimensions().getFirst();
            if (columns % type.rowMultiple() != 0) {
                throw new ModelFormatException(
                        source,
                        tensor.name(),
                        type + " has blocks of " + type.rowMultiple() + " elements, rows have " + columns);
            }
            return type.bytes(elements);
        } catch (ArithmeticException e) {
            throw new ModelFormatException(source, tensor.name(), "a size beyond 2^63: " + tensor.shape(), e);
        }
    }

    private static void refuseOverlaps(String source, Map<String, GgufTensor> tensors) {
        List<GgufTensor> byOffset = new ArrayList<>(tensors.values());
        byOffset.sort(Comparator.comparingLong(GgufTensor::offset));
        for (int i = 1; i < byOffset.size(); i++) {
            GgufTensor before = byOffset.get(i - 1);
            GgufTensor after = byOffset.get(i);
            if (after.offset() < before.offset() + Math.max(1, before.bytes())) {
                throw new ModelFormatException(
                        source,
                        after.name(),
                        "overlaps " + before.name() + ": it begins at " + after.offset() + ", the other ends at "
                                + (before.offset() + before.bytes()));
            }
        }
    }
}
