package bitnet.gguf;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes GGUF files, right or wrong, byte by byte. */
final class GgufBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** A header that announces so many tensors and metadata entries. */
    static GgufBytes header(int version, long tensors, long entries) {
        return new GgufBytes().raw("GGUF").int32(version).int64(tensors).int64(entries);
    }

    GgufBytes raw(String ascii) {
        return raw(ascii.getBytes(StandardCharsets.ISO_8859_1));
    }

    GgufBytes raw(byte... bytes) {
        out.writeBytes(bytes);
        return this;
    }

    GgufBytes int32(int value) {
        return raw(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
    }

    GgufBytes int64(long value) {
        return raw(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
    }

    GgufBytes string(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return int64(bytes.length).raw(bytes);
    }

    /** A key and its value's type; the value follows. */
    GgufBytes key(String key, GgufValueType type) {
        return string(key).int32(type.id());
    }

    GgufBytes text(String key, String value) {
        return key(key, GgufValueType.STRING).string(value);
    }

    GgufBytes uint32(String key, int value) {
        return key(key, GgufValueType.UINT32).int32(value);
    }

    GgufBytes array(String key, GgufValueType elementType, long count) {
        return key(key, GgufValueType.ARRAY).int32(elementType.id()).int64(count);
    }

    GgufBytes strings(String key, String... values) {
        array(key, GgufValueType.STRING, values.length);
        for (String value : values) {
            string(value);
        }
        return this;
    }

    GgufBytes tensor(String name, int type, long offset, long... dimensions) {
        string(name).int32(dimensions.length);
        for (long dimension : dimensions) {
            int64(dimension);
        }
        return int32(type).int64(offset);
    }

    /** Zeros up to a multiple of 32, and so many more. */
    GgufBytes data(int bytes) {
        return raw(new byte[-out.size() & 31]).raw(new byte[bytes]);
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    GgufFile open() {
        return GgufFile.of("test.gguf", MemorySegment.ofArray(bytes()));
    }
}
