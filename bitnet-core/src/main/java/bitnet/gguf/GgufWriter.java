package bitnet.gguf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes a GGUF file of version 3. Metadata is collected in memory; the contents of tensors are asked for one after another
 * while the file is written. Not thread-safe.
 */
public final class GgufWriter {
    private static final int VERSION = 3;
    private static final int ALIGNMENT = 32;
    /** The largest piece that is given to a channel at once. */
    private static final int PIECE = 1 << 24;

    private final ByteArrayOutputStream metadata = new ByteArrayOutputStream();
    private final Set<String> keys = new LinkedHashSet<>();
    private final List<Tensor> tensors = new ArrayList<>();

    /** A file without anything in it. */
    public GgufWriter() {}

    /** Takes bytes. */
    @FunctionalInterface
    public interface Output {
        /** Appends these. */
        void write(MemorySegment bytes) throws IOException;
    }

    /** The contents of a tensor. */
    @FunctionalInterface
    public interface Content {
        /** Writes all bytes of the tensor, in as many pieces as it likes. */
        void writeTo(Output output) throws IOException;
    }

    private record Tensor(String name, GgufTensorType type, List<Long> dimensions, long bytes, Content content) {}

    /** Whether there is a value for this key already. */
    public boolean has(String key) {
        return keys.contains(key);
    }

    /** A string. */
    public GgufWriter text(String key, String value) {
        return key(key, GgufValueType.STRING).string(value);
    }

    /** A uint32. */
    public GgufWriter uint32(String key, int value) {
        return key(key, GgufValueType.UINT32).int32(value);
    }

    /** A float32. */
    public GgufWriter float32(String key, float value) {
        return key(key, GgufValueType.FLOAT32).int32(Float.floatToRawIntBits(value));
    }

    /** A bool. */
    public GgufWriter flag(String key, boolean value) {
        key(key, GgufValueType.BOOL).metadata.write(value ? 1 : 0);
        return this;
    }

    /** An array of strings. */
    public GgufWriter strings(String key, List<String> values) {
        array(key, GgufValueType.STRING, values.size());
        values.forEach(this::string);
        return this;
    }

    /** An array of int32. */
    public GgufWriter int32s(String key, int[] values) {
        array(key, GgufValueType.INT32, values.length);
        for (int value : values) {
            int32(value);
        }
        return this;
    }

    /** An array of float32. */
    public GgufWriter float32s(String key, float[] values) {
        array(key, GgufValueType.FLOAT32, values.length);
        for (float value : values) {
            int32(Float.floatToRawIntBits(value));
        }
        return this;
    }

    /** A value of another file, as it is there. */
    public GgufWriter value(String key, GgufValue value) {
        switch (value) {
            case GgufValue.Text text -> text(key, text.value());
            case GgufValue.Bytes bytes -> key(key, GgufValueType.STRING).bytes(bytes.value());
            case GgufValue.Bool bool -> flag(key, bool.value());
            case GgufValue.Int integer -> key(key, integer.type()).fixed(integer.type(), integer.value());
            case GgufValue.Real real when real.type() == GgufValueType.FLOAT32 -> float32(key, (float) real.value());
            case GgufValue.Real real ->
                key(key, real.type()).fixed(real.type(), Double.doubleToRawLongBits(real.value()));
            case GgufArray array ->
                array(key, array.elementType(), array.size())
                        .metadata
                        .writeBytes(array.raw().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
        }
        return this;
    }

    /**
     * A tensor, after those already added.
     *
     * @param dimensions the contiguous one first
     * @throws IllegalArgumentException if its size does not follow from its type and dimensions
     */
    public GgufWriter tensor(String name, GgufTensorType type, List<Long> dimensions, Content content) {
        long bytes = type.bytes(dimensions.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact));
        if (bytes < 0 || dimensions.getFirst() % type.rowMultiple() != 0) {
            throw new IllegalArgumentException(name + ": " + dimensions + " of " + type);
        }
        tensors.add(new Tensor(name, type, List.copyOf(dimensions), bytes, content));
        return this;
    }

    /** Bytes of all tensors together. */
    public long tensorBytes() {
        return tensors.stream().mapToLong(Tensor::bytes).sum();
    }

    /**
     * Writes the file.
     *
     * @throws IllegalStateException if a tensor's content has another size than its type and dimensions say
     */
    public void write(WritableByteChannel channel) throws IOException {
        MemorySegment header = MemorySegment.ofArray(header());
        put(channel, header);
        pad(channel, header.byteSize());
        for (Tensor tensor : tensors) {
            long[] written = {0};
            tensor.content().writeTo(bytes -> {
                written[0] += bytes.byteSize();
                put(channel, bytes);
            });
            if (written[0] != tensor.bytes()) {
                throw new IllegalStateException(
                        tensor.name() + ": " + written[0] + " bytes written, not " + tensor.bytes());
            }
            pad(channel, tensor.bytes());
        }
    }

    private byte[] header() {
        GgufWriter header = new GgufWriter();
        header.metadata.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        header.int32(VERSION).int64(tensors.size()).int64(keys.size());
        header.metadata.writeBytes(metadata.toByteArray());
        long offset = 0;
        for (Tensor tensor : tensors) {
            header.string(tensor.name()).int32(tensor.dimensions().size());
            tensor.dimensions().forEach(header::int64);
            header.int32(tensor.type().id()).int64(offset);
            offset += tensor.bytes() + padding(tensor.bytes());
        }
        return header.metadata.toByteArray();
    }

    private static void put(WritableByteChannel channel, MemorySegment bytes) throws IOException {
        for (long at = 0; at < bytes.byteSize(); at += PIECE) {
            ByteBuffer piece =
                    bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)).asByteBuffer();
            while (piece.hasRemaining()) {
                channel.write(piece);
            }
        }
    }

    private static void pad(WritableByteChannel channel, long bytes) throws IOException {
        put(channel, MemorySegment.ofArray(new byte[padding(bytes)]));
    }

    private static int padding(long bytes) {
        return (int) (-bytes & (ALIGNMENT - 1));
    }

    private GgufWriter key(String key, GgufValueType type) {
        if (!keys.add(key)) {
            throw new IllegalArgumentException(key + " has a value already");
        }
        return string(key).int32(type.id());
    }

    private GgufWriter array(String key, GgufValueType elementType, int size) {
        return key(key, GgufValueType.ARRAY).int32(elementType.id()).int64(size);
    }

    private GgufWriter string(String text) {
        return bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    private GgufWriter bytes(byte[] bytes) {
        int64(bytes.length).metadata.writeBytes(bytes);
        return this;
    }

    private GgufWriter fixed(GgufValueType type, long bits) {
        metadata.write(little(bits), 0, type.minimumBytes());
        return this;
    }

    private GgufWriter int32(int value) {
        return fixed(GgufValueType.INT32, value);
    }

    private GgufWriter int64(long value) {
        return fixed(GgufValueType.INT64, value);
    }

    private static byte[] little(long bits) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(bits)
                .array();
    }
}
