package bitnet.safetensors;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.StringJoiner;

/** Writes safetensors files for tests. */
final class SafetensorsBuilder {
    private final StringJoiner header = new StringJoiner(",", "{", "}");
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    SafetensorsBuilder add(String name, String dtype, String shape, byte[] bytes) {
        int begin = data.size();
        data.writeBytes(bytes);
        return addHeader("\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                .formatted(name, dtype, shape, begin, data.size()));
    }

    SafetensorsBuilder add(StoredTensor tensor) {
        byte[] bytes = tensor.data().copy().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        return add(tensor.name(), tensor.dtype().name(), tensor.shape().toString(), bytes);
    }

    SafetensorsBuilder addHeader(String entry) {
        header.add(entry);
        return this;
    }

    byte[] build() {
        return file(header.toString(), data.toByteArray());
    }

    Path write(Path file) throws IOException {
        return Files.write(file, build());
    }

    /** A file with any header. */
    static byte[] file(String header, byte[] data) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        return out.putLong(json.length).put(json).put(data).array();
    }

    static byte[] f32(float... values) {
        ByteBuffer out = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            out.putFloat(value);
        }
        return out.array();
    }

    static byte[] f16(float... values) {
        ByteBuffer out = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            out.putShort(Float.floatToFloat16(value));
        }
        return out.array();
    }

    /** The upper half of each float's bits. */
    static byte[] bf16(float... values) {
        ByteBuffer out = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            out.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
        }
        return out.array();
    }
}
