package bitnet.safetensors;

import bitnet.model.FloatTable;
import bitnet.model.Layer;
import bitnet.model.TernaryTensor;
import bitnet.model.Transformer;
import bitnet.tensor.Dequantize;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

/** What a transformer's tensors hold, as lines of golden.csv: shape, checksum, and the scale of ternary ones. */
final class Fingerprints {
    private Fingerprints() {}

    static Map<String, String> of(Transformer transformer) {
        Map<String, String> found = new LinkedHashMap<>();
        add(found, FloatTable.require(transformer.embedding()));
        if (!transformer.isTied()) {
            add(found, FloatTable.require(transformer.head()));
        }
        for (int i = 0; i < transformer.layers().size(); i++) {
            Layer layer = transformer.layers().get(i);
            String block = "model.layers." + i + ".";
            add(found, block + "input_layernorm", layer.mixerNorm());
            add(found, block + "post_attention_layernorm", layer.feedForwardNorm());
            add(
                    found,
                    block + "self_attn.attn_sub_norm",
                    layer.attention().output().inputNorm());
            add(found, block + "mlp.ffn_sub_norm", layer.gated().down().inputNorm());
            layer.matrices().forEach(tensor -> add(found, tensor));
        }
        add(found, "model.norm", transformer.outputNorm());
        return found;
    }

    private static void add(Map<String, String> found, FloatTable table) {
        CRC32 crc = new CRC32();
        float[] row = new float[table.columns()];
        for (int r = 0; r < table.rows(); r++) {
            Dequantize.row(
                    table.type(),
                    table.data().load(Arena.ofAuto()),
                    r * table.type().rowBytes(row.length),
                    row.length,
                    row);
            crc.update(bytes(row));
        }
        found.put(
                table.name(), "%s,%d,%d,%08x,".formatted(table.name(), table.rows(), table.columns(), crc.getValue()));
    }

    private static void add(Map<String, String> found, String module, float[] vector) {
        if (vector != null) {
            CRC32 crc = new CRC32();
            crc.update(bytes(vector));
            found.put(module + ".weight", "%s.weight,1,%d,%08x,".formatted(module, vector.length, crc.getValue()));
        }
    }

    private static void add(Map<String, String> found, TernaryTensor tensor) {
        try (Arena arena = Arena.ofConfined()) {
            int scale = Float.floatToRawIntBits(tensor.pack(arena).scale());
            found.put(
                    tensor.name(),
                    "%s,%d,%d,%s,%08x".formatted(tensor.name(), tensor.rows(), tensor.columns(), crc(tensor), scale));
        }
    }

    private static byte[] bytes(float[] values) {
        ByteBuffer out = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        out.asFloatBuffer().put(values);
        return out.array();
    }

    static String crc(TernaryTensor tensor) {
        CRC32 crc = new CRC32();
        for (String row : rows(tensor)) {
            row.chars().forEach(c -> crc.update("-0+".indexOf(c) - 1));
        }
        return "%08x".formatted(crc.getValue());
    }

    /** The weights, as characters. */
    static List<String> rows(TernaryTensor tensor) {
        try (Arena arena = Arena.ofConfined()) {
            byte[] codes = tensor.pack(arena).codes().toArray(ValueLayout.JAVA_BYTE);
            int rowBytes = (int) TernaryLayout.rowBytes(tensor.columns());
            return IntStream.range(0, tensor.rows())
                    .mapToObj(row -> {
                        StringBuilder text = new StringBuilder();
                        for (int c = 0; c < tensor.columns(); c++) {
                            int four = codes[row * rowBytes + TernaryLayout.byteOf(c)];
                            text.append("-0+?".charAt(four >> TernaryLayout.shiftOf(c) & 3));
                        }
                        return text.toString();
                    })
                    .toList();
        }
    }
}
