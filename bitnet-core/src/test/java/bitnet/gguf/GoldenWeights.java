package bitnet.gguf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import bitnet.model.FloatTable;
import bitnet.model.Layer;
import bitnet.model.TernaryTensor;
import bitnet.model.Transformer;
import bitnet.tensor.Dequantize;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Digests of the weights of a checkpoint, by tensor name, and the same digests of a transformer. */
final class GoldenWeights {
    private GoldenWeights() {}

    /** {@code name -> what follows it in the file}. */
    static Map<String, String> read(String name) {
        Map<String, String> lines = new LinkedHashMap<>();
        new String(Resources.bytes(name), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.startsWith("#"))
                .forEach(
                        line -> lines.put(line.substring(0, line.indexOf(' ')), line.substring(line.indexOf(' ') + 1)));
        return lines;
    }

    static void assertTernaryEqual(Transformer model, Map<String, String> golden, boolean scales) {
        int compared = 0;
        for (TernaryTensor tensor : ternary(model)) {
            String[] expected = golden.get(tensor.name()).split(" ");
            try (Arena arena = Arena.ofConfined()) {
                TernaryTensor.Packed packed = tensor.pack(arena);
                assertThat(tensor.rows() + " " + tensor.columns()).isEqualTo(expected[0] + " " + expected[1]);
                assertThat(sha256(codes(tensor, packed))).as(tensor.name()).isEqualTo(expected[3]);
                int bits = Integer.parseUnsignedInt(expected[2], 16);
                if (scales) {
                    assertThat(Float.floatToRawIntBits(packed.scale())).isEqualTo(bits);
                } else {
                    float rounded = Float.float16ToFloat(Float.floatToFloat16(Float.intBitsToFloat(bits)));
                    assertThat(packed.scale()).as(tensor.name()).isEqualTo(rounded);
                }
            }
            compared++;
        }
        assertThat(compared).isEqualTo(7 * model.config().layers());
    }

    /** The codes, a byte each. */
    static byte[] codes(TernaryTensor tensor, TernaryTensor.Packed packed) {
        byte[] codes = new byte[tensor.rows() * tensor.columns()];
        for (int row = 0, i = 0; row < tensor.rows(); row++) {
            long at = row * TernaryLayout.rowBytes(tensor.columns());
            for (int column = 0; column < tensor.columns(); column++, i++) {
                int four = packed.codes().get(JAVA_BYTE, at + TernaryLayout.byteOf(column));
                codes[i] = (byte) (four >> TernaryLayout.shiftOf(column) & 3);
            }
        }
        return codes;
    }

    static String digest(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return values.length + " " + sha256(bytes.array());
    }

    static String digest(FloatTable table) {
        float[] values = new float[table.rows() * table.columns()];
        float[] row = new float[table.columns()];
        for (int r = 0; r < table.rows(); r++) {
            Dequantize.row(
                    table.type(),
                    table.data().load(Arena.ofAuto()),
                    r * table.type().rowBytes(row.length),
                    row.length,
                    row);
            System.arraycopy(row, 0, values, r * row.length, row.length);
        }
        return digest(values);
    }

    static List<TernaryTensor> ternary(Transformer model) {
        List<TernaryTensor> tensors = new ArrayList<>();
        for (Layer layer : model.layers()) {
            tensors.addAll(layer.matrices());
        }
        return tensors;
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
